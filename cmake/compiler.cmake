# How everything is compiled and linked: with warnings, programs are hardened, unused code is dropped.
add_compile_options(-Wall -Wextra -Wconversion -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual)

# Not for a build of the programs: another compiler's opinion must not keep anyone from having them.
option(NACRE_WARNINGS_ARE_ERRORS "Stop at a warning, as all presets but release do" OFF)
if(NACRE_WARNINGS_ARE_ERRORS)
    add_compile_options(-Werror)
endif()

# Our programs are position independent executables, but the archives may go into somebody's shared library.  Where nothing
# of ours may be replaced by others' and the linker undoes what -fno-plt asked for, -fPIC costs a program nothing.
add_compile_options(-fPIC -fno-semantic-interposition -fstack-protector-strong -fno-plt -ftrivial-auto-var-init=zero)
add_compile_options(-ffunction-sections -fdata-sections)
add_compile_definitions(_GLIBCXX_ASSERTIONS)
add_link_options(-pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--gc-sections -Wl,--as-needed)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64|i.86")
    add_compile_options(-fcf-protection)
endif()

# Where a long has 32 bits a file's size would have no more.
if(CMAKE_SIZEOF_VOID_P EQUAL 4)
    add_compile_definitions(_FILE_OFFSET_BITS=64)
endif()

# A program with libcrypto inside has 20,000 addresses to fill in when it starts: half a megabyte to read as a list, a
# twentieth of that as a map (DT_RELR), which the loader of glibc 2.36 was the first to know.
include(CheckCXXSourceCompiles)
include(CheckLinkerFlag)
check_cxx_source_compiles("#include <features.h>\nstatic_assert(__GLIBC_PREREQ(2, 36));\nint main() {}" NACRE_LOADER_KNOWS_RELR)
check_linker_flag(CXX -Wl,--fatal-warnings,-z,pack-relative-relocs NACRE_LINKER_KNOWS_RELR)   # it may know and ignore it
if(NACRE_LOADER_KNOWS_RELR AND NACRE_LINKER_KNOWS_RELR)
    add_link_options(-Wl,-z,pack-relative-relocs)
endif()

# GCC 12 reports overlapping copies inside std::string's operator+ where there are none (GCC bug 105651), and, with other
# choices of what to inline (precompiled headers or another processor suffice), strings beyond their ends.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    add_compile_options(-Wno-restrict -Wno-array-bounds -Wno-stringop-overread -Wno-stringop-overflow)
endif()

# Loops marked for vectors stay plain at low optimisation levels: no reason to stop.
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    add_compile_options(-Wno-pass-failed)
endif()

# -O3 makes the programs larger and nothing that was measured faster.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

set(NACRE_SANITIZE "" CACHE STRING "Sanitizers, comma-separated: address,undefined or thread")
if(NACRE_SANITIZE)
    add_compile_options(-fsanitize=${NACRE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${NACRE_SANITIZE})
    # One optimisation level down: builds in half the time, and the reports name every frame.
    set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1")
    # GCC 12 sees uninitialised values and overflows in instrumented code where there are none ({fmt}, std::variant,
    # std::string).
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        add_compile_options(-Wno-maybe-uninitialized -Wno-uninitialized -Wno-stringop-overflow)
    elseif(NACRE_SANITIZE MATCHES address)
        add_compile_definitions(__SANITIZE_ADDRESS__)             # as GCC says it
    elseif(NACRE_SANITIZE MATCHES thread)
        add_compile_definitions(__SANITIZE_THREAD__)
    endif()
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
    add_compile_definitions(_FORTIFY_SOURCE=2)
endif()
if(NACRE_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# A program that links libcrypto and libstdc++ dynamically spends more time in the dynamic linker than in main():
# 3.0 ms of CPU for a trivial one, 1.7 ms with them linked in, 1.2 ms for an empty program.  libc stays dynamic (NSS,
# PAM).  A distribution that wants shared libraries sets NACRE_STATIC=OFF.
set(static_default OFF)
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT NACRE_SANITIZE)
    set(static_default ON)
endif()
option(NACRE_STATIC "Link libcrypto, libstdc++ and the small libraries into the programs" ${static_default})
if(NACRE_STATIC)
    add_link_options(-static-libstdc++ -static-libgcc -Wl,--exclude-libs,ALL)
endif()

find_program(CCACHE ccache)
if(CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
