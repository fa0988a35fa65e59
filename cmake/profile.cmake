# SPDX-License-Identifier: MIT
# Profile-guided optimisation, as Debian builds its python3.11: an instrumented binary is built in
# <build>/instrumented, runs the programs of tools/training, and what it counted guides the
# compiler in the real build. The profile is made once; after large changes make it anew by
# deleting <build>/profile. Code that changed since it was made is compiled without it.
#
# PYRT_PROFILE: use (the release preset), generate (the instrumented build itself) or empty.
set(PYRT_PROFILE "" CACHE STRING "use, generate or empty: see cmake/profile.cmake")
set(PYRT_PROFILE_DIR "${CMAKE_BINARY_DIR}/profile" CACHE PATH "where the profile is kept")

if(PYRT_PROFILE STREQUAL "generate")
    add_compile_options(-fprofile-generate=${PYRT_PROFILE_DIR}
        -fprofile-prefix-path=${CMAKE_BINARY_DIR} -fprofile-update=prefer-atomic)
    add_link_options(-fprofile-generate)
elseif(PYRT_PROFILE STREQUAL "use")
    # What no training program reached stays as optimised as without a profile (partial-training).
    add_compile_options(-fprofile-use=${PYRT_PROFILE_DIR}
        -fprofile-prefix-path=${CMAKE_BINARY_DIR} -fprofile-partial-training -fprofile-correction
        -Wno-missing-profile -Wno-coverage-mismatch -Wno-maybe-uninitialized)
    # A profile that knows sizes, or says that a block is seldom run, makes gcc copy by "rep movs", whose start costs more
    # than all of a short copy. (-mmemcpy-strategy says nothing about blocks that are to be small.)
    if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64" AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
        add_compile_options(-mstringop-strategy=libcall)
    endif()
    set(CMAKE_C_COMPILER_LAUNCHER)  # the cache does not look into the profile
    set(instrumented ${CMAKE_BINARY_DIR}/instrumented)
    set(trained ${PYRT_PROFILE_DIR}/trained)
    file(GLOB training CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tools/training/*.py)
    add_custom_command(OUTPUT ${trained}
        COMMAND ${CMAKE_COMMAND} -E rm -rf ${PYRT_PROFILE_DIR}
        COMMAND ${CMAKE_COMMAND} -S ${CMAKE_SOURCE_DIR} -B ${instrumented} -G ${CMAKE_GENERATOR}
            -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_COMPILER=${CMAKE_C_COMPILER} -DBUILD_TESTING=OFF
            -DPYRT_PROFILE=generate -DPYRT_PROFILE_DIR=${PYRT_PROFILE_DIR}
        COMMAND ${CMAKE_COMMAND} --build ${instrumented} --target pyrt
        COMMAND ${CMAKE_SOURCE_DIR}/tools/train ${instrumented}/pyrt
        COMMAND ${CMAKE_COMMAND} -E touch ${trained}
        DEPENDS ${training} ${CMAKE_SOURCE_DIR}/tools/train
        COMMENT "Building an instrumented binary and training it"
        VERBATIM)
    set_source_files_properties(${PYRT_SOURCES} PROPERTIES OBJECT_DEPENDS ${trained})
endif()
