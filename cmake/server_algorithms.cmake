# nacre_server_algorithms(PROGRAM...): these carry of libcrypto only what src/programs/server_algorithms.cpp lists.
#
# That file stands on names inside libcrypto's archive, so it is tried out with the archive at hand; where it does not
# serve, programs carry libcrypto's default provider: larger, and otherwise the same.
function(nacre_server_algorithms)
    if(NACRE_STATIC AND NOT CMAKE_CROSSCOMPILING AND NOT DEFINED NACRE_SERVER_ALGORITHMS)
        try_run(answer compiled ${CMAKE_BINARY_DIR}/server_algorithms
            SOURCES ${CMAKE_SOURCE_DIR}/src/programs/server_algorithms.cpp ${CMAKE_SOURCE_DIR}/cmake/server_algorithms_trial.cpp
            CMAKE_FLAGS -DINCLUDE_DIRECTORIES=${CMAKE_SOURCE_DIR}/src
            LINK_LIBRARIES OpenSSL::Crypto
            CXX_STANDARD 20)
        if(compiled AND answer EQUAL 0)
            set(serves ON)
        else()
            set(serves OFF)
        endif()
        set(NACRE_SERVER_ALGORITHMS ${serves} CACHE BOOL "sshd's processes carry only the algorithms that they use")
        message(STATUS "sshd's own choice of libcrypto's algorithms: ${serves}")
    endif()
    if(NACRE_SERVER_ALGORITHMS)
        foreach(program ${ARGN})
            target_sources(${program} PRIVATE ${CMAKE_SOURCE_DIR}/src/programs/server_algorithms.cpp)
        endforeach()
    endif()
endfunction()
