# Compiler flags, ccache, mold and sanitizers.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# "Dev": quick to compile, quick enough to import a city, every check live.
# FORCE, because project() has already put an empty value there.
set(CMAKE_CXX_FLAGS_DEV "-O1 -g1" CACHE STRING "Flags of the Dev build type" FORCE)
set(CMAKE_EXE_LINKER_FLAGS_DEV "" CACHE STRING "Linker flags of the Dev build type")
set(CMAKE_SHARED_LINKER_FLAGS_DEV "" CACHE STRING "Linker flags of the Dev build type")
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1" CACHE STRING "Flags of RelWithDebInfo" FORCE)

find_program(TOCSIN_CCACHE ccache)
if(TOCSIN_CCACHE)
  # The cache is shared between checkouts: paths are made relative to the source tree, and
  # precompiled headers are keyed by content.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      ${TOCSIN_CCACHE})
endif()

find_program(TOCSIN_MOLD mold)
if(TOCSIN_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# Warnings for our own code; generated code and outside headers are exempt (see tocsin_library).
set(TOCSIN_WARNINGS -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Werror)
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  # S2's comparison operators were written before C++20 reversed them.
  list(APPEND TOCSIN_WARNINGS -Wthread-safety -Wno-ambiguous-reversed-operator)
elseif(CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # At -O2 GCC 12 warns of an overlap inside std::string's own assignment (its bug 105651).
  list(APPEND TOCSIN_WARNINGS -Wno-restrict)
endif()

set(TOCSIN_SANITIZE "" CACHE STRING "address, thread, or empty")
if(TOCSIN_SANITIZE STREQUAL "address")
  # libs2 was built without the sanitizer; Abseil's btree would change its layout under it and
  # hang. The forced header keeps both sides on one layout.
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined
                      -fno-omit-frame-pointer
                      "SHELL:-include ${CMAKE_SOURCE_DIR}/tools/cmake/asan_layout.h")
  add_link_options(-fsanitize=address,undefined)
  # Counts what a fuzzer's input reaches.
  add_compile_options(-fsanitize=fuzzer-no-link)
elseif(TOCSIN_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
elseif(TOCSIN_SANITIZE)
  message(FATAL_ERROR "TOCSIN_SANITIZE is '${TOCSIN_SANITIZE}'; it takes address, thread, or nothing")
endif()
