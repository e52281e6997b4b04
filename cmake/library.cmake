# The library for others: nacre-core and nacre-runtime as archives, their headers, a CMake package, pkg-config files.
#
# Headers are installed below include/nacre, where they call each other by that name ("nacre/base/bytes.h"), so that nobody's
# own base/ or os/ is in the way.  In this build the same names lead to src/.
set(core_folders base wire crypto keys messages transport auth connection session sftp scp agent mux config)
set(runtime_folders os runtime)

configure_file(include/nacre/version.h.in ${CMAKE_BINARY_DIR}/include/nacre/version.h @ONLY)
foreach(entry ${core_folders} ${runtime_folders})
    file(CREATE_LINK ${CMAKE_SOURCE_DIR}/src/${entry} ${CMAKE_BINARY_DIR}/include/nacre/${entry} SYMBOLIC)
endforeach()
foreach(part core runtime)
    file(CREATE_LINK ${CMAKE_SOURCE_DIR}/include/nacre/${part}.h ${CMAKE_BINARY_DIR}/include/nacre/${part}.h SYMBOLIC)
endforeach()

# nacre_library(PART LIBRARY...): the archive of a part's folders, and nacre::PART, by which the examples link it here and
# elsewhere.
function(nacre_library part)
    add_library(nacre-public-${part} INTERFACE)
    add_library(nacre::${part} ALIAS nacre-public-${part})
    target_include_directories(nacre-public-${part} INTERFACE ${CMAKE_BINARY_DIR}/include)
    set(objects "")
    foreach(folder ${${part}_folders})
        get_target_property(kind nacre-${folder} TYPE)
        if(kind STREQUAL STATIC_LIBRARY)
            list(APPEND objects $<TARGET_OBJECTS:nacre-${folder}>)
        endif()
        target_link_libraries(nacre-public-${part} INTERFACE nacre-${folder})
    endforeach()

    add_library(nacre-archive-${part} STATIC ${objects})
    set_target_properties(nacre-archive-${part} PROPERTIES
        OUTPUT_NAME nacre-${part} EXPORT_NAME ${part} LINKER_LANGUAGE CXX
        ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
    target_compile_features(nacre-archive-${part} INTERFACE cxx_std_23)
    foreach(library ${ARGN})
        target_link_libraries(nacre-archive-${part} INTERFACE $<INSTALL_INTERFACE:${library}>)
    endforeach()
    add_dependencies(library nacre-archive-${part})

    # Outside of release builds the archives are large and nobody's: built when asked for.
    set(optional "")
    if(NOT CMAKE_BUILD_TYPE STREQUAL "Release")
        set_target_properties(nacre-archive-${part} PROPERTIES EXCLUDE_FROM_ALL ON)
        set(optional OPTIONAL)
    endif()
    install(TARGETS nacre-archive-${part} EXPORT nacre-${part} DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library ${optional}
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
    install(EXPORT nacre-${part} NAMESPACE nacre:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/nacre COMPONENT library)
    configure_file(cmake/package/nacre-${part}.pc.in ${CMAKE_BINARY_DIR}/package/nacre-${part}.pc @ONLY)
    install(FILES ${CMAKE_BINARY_DIR}/package/nacre-${part}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
        COMPONENT library)
endfunction()

# From where pkg-config's files lie, so that a tree may be moved.
file(RELATIVE_PATH NACRE_UP_TO_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" NACRE_UP_TO_PREFIX ${NACRE_UP_TO_PREFIX})
add_custom_target(library)
nacre_library(core OpenSSL::Crypto ZLIB::ZLIB fmt::fmt PkgConfig::nacre_nettle)
nacre_library(runtime PkgConfig::nacre_libevent PkgConfig::nacre_libseccomp)
target_link_libraries(nacre-archive-runtime INTERFACE nacre-archive-core)

include(CMakePackageConfigHelpers)
configure_package_config_file(cmake/package/nacre-config.cmake.in ${CMAKE_BINARY_DIR}/package/nacre-config.cmake
    INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/nacre)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/package/nacre-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/package/nacre-config.cmake ${CMAKE_BINARY_DIR}/package/nacre-config-version.cmake
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/nacre COMPONENT library)

# At the time of installation, since it reads the headers: which ones the public ones need.
install(CODE "
    set(source \"${CMAKE_SOURCE_DIR}\")
    set(build \"${CMAKE_BINARY_DIR}\")
    set(into \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_INCLUDEDIR}\")
    include(\"${CMAKE_SOURCE_DIR}/cmake/package/install_headers.cmake\")" COMPONENT library)
install(FILES LICENSE CHANGELOG.md docs/library.md DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/libnacre-dev
    COMPONENT library)
file(GLOB examples CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/examples/*.cpp)
install(FILES ${examples} examples/CMakeLists.txt DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/libnacre-dev/examples
    COMPONENT library)
