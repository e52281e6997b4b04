# nacre_library_algorithms(NEED PROGRAM...): these carry of libcrypto only what src/programs/library_algorithms.cpp lists
# for connections, or, if NEED is key_files, also for encrypted key files.
#
# That file stands on names inside libcrypto's archive, so it is tried out with the archive at hand; where it does not
# serve, programs carry libcrypto's default provider: larger, and otherwise the same.
function(nacre_library_algorithms need)
    set(choice ${CMAKE_SOURCE_DIR}/src/programs/library_algorithms.cpp)
    string(TOUPPER "NACRE_ALGORITHMS_FOR_${need}" trusted)
    set(definition "")
    if(need STREQUAL key_files)
        set(definition -DNACRE_READS_KEY_FILES)
    endif()
    if(NACRE_STATIC AND (NOT CMAKE_CROSSCOMPILING OR CMAKE_CROSSCOMPILING_EMULATOR) AND NOT DEFINED ${trusted})
        try_run(answer compiled ${CMAKE_BINARY_DIR}/library_algorithms
            SOURCES ${choice} ${CMAKE_SOURCE_DIR}/cmake/library_algorithms_trial.cpp
            CMAKE_FLAGS -DINCLUDE_DIRECTORIES=${CMAKE_SOURCE_DIR}/src
            COMPILE_DEFINITIONS ${definition}
            LINK_LIBRARIES OpenSSL::Crypto
            CXX_STANDARD 20)
        if(compiled AND answer EQUAL 0)
            set(serves ON)
        else()
            set(serves OFF)
        endif()
        set(${trusted} ${serves} CACHE BOOL "Programs carry only the algorithms of libcrypto that they use (${need})")
        message(STATUS "our own choice of libcrypto's algorithms, ${need}: ${serves}")
    endif()
    if(${trusted})
        foreach(program ${ARGN})
            target_sources(${program} PRIVATE ${choice})
            target_compile_definitions(${program} PRIVATE ${definition})
        endforeach()
    endif()
endfunction()
