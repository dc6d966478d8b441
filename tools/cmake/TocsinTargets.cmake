# The three kinds of target. Every folder with code is one library named after its path:
# node/guard is tocsin_node_guard.

# What makes the thread sanitizer see the locks of libraries that are not instrumented.
if(TOCSIN_SANITIZE STREQUAL "thread")
  add_library(tocsin_tsan_shim OBJECT ${CMAKE_SOURCE_DIR}/tools/cmake/tsan/mutexes.cc
              ${CMAKE_SOURCE_DIR}/tools/cmake/tsan/grpc_batches.cc)
  target_include_directories(tocsin_tsan_shim PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_options(tocsin_tsan_shim PRIVATE ${TOCSIN_WARNINGS})
  target_link_libraries(tocsin_tsan_shim PUBLIC absl::synchronization gRPC::grpc)
endif()

# tocsin_library(NAME SOURCES a.cc ... [DEPS lib ...])
function(tocsin_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  if(ARG_SOURCES)
    add_library(${name} STATIC ${ARG_SOURCES})
    target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
    target_compile_options(${name} PRIVATE ${TOCSIN_WARNINGS})
    target_link_libraries(${name} PUBLIC ${ARG_DEPS})
  else()
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${CMAKE_SOURCE_DIR})
    target_link_libraries(${name} INTERFACE ${ARG_DEPS})
  endif()
endfunction()

# tocsin_program(NAME SOURCES main.cc ... [DEPS lib ...]); built into build/<preset>/bin.
function(tocsin_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_options(${name} PRIVATE ${TOCSIN_WARNINGS})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
  if(TARGET tocsin_tsan_shim)
    target_link_libraries(${name} PRIVATE tocsin_tsan_shim)
  endif()
endfunction()

# tocsin_test(NAME SOURCES a_test.cc ... [DEPS lib ...] [LABELS soak ...] [TIMEOUT seconds])
# One binary a folder; every TEST in it is a ctest test of its own.
function(tocsin_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;DEPS;LABELS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_options(${name} PRIVATE ${TOCSIN_WARNINGS})
  target_compile_definitions(${name} PRIVATE TOCSIN_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                             TOCSIN_BINARY_DIR="${CMAKE_BINARY_DIR}")
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} tocsin_test_support GTest::gtest GTest::gmock
                        GTest::gtest_main rapidcheck)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  if(TARGET tocsin_tsan_shim)
    target_link_libraries(${name} PRIVATE tocsin_tsan_shim)
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST
                       PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}")
endfunction()

# tocsin_fuzz(NAME SOURCES a_fuzz.cc ... [DEPS lib ...] [RUNS n])
# A fuzz target (tests/fuzz/fuzz.h), with libFuzzer where clang has it, and a short run as a test.
function(tocsin_fuzz name)
  cmake_parse_arguments(ARG "" "RUNS" "SOURCES;DEPS" ${ARGN})
  if(NOT ARG_RUNS)
    set(ARG_RUNS 20000)
  endif()
  add_executable(${name} ${ARG_SOURCES} ${CMAKE_SOURCE_DIR}/tests/fuzz/driver.cc)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_options(${name} PRIVATE ${TOCSIN_WARNINGS})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} tocsin_node_base)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
  if(TARGET tocsin_tsan_shim)
    target_link_libraries(${name} PRIVATE tocsin_tsan_shim)
  endif()
  set(work ${CMAKE_BINARY_DIR}/fuzz/${name}.work)
  file(MAKE_DIRECTORY ${work})
  if(TOCSIN_SANITIZE STREQUAL "address")
    target_compile_definitions(${name} PRIVATE TOCSIN_LIBFUZZER)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    # What coverage finds stays in the build folder, so that the next run goes on from it.
    add_test(NAME fuzz.${name} WORKING_DIRECTORY ${work}
             COMMAND ${name} -runs=${ARG_RUNS} -seed=1 -max_len=65536 -print_final_stats=1 corpus)
    set_tests_properties(fuzz.${name} PROPERTIES ENVIRONMENT TOCSIN_FUZZ_SEEDS=corpus)
  else()
    add_test(NAME fuzz.${name} COMMAND ${name} --runs=${ARG_RUNS} WORKING_DIRECTORY ${work})
  endif()
  set_tests_properties(fuzz.${name} PROPERTIES TIMEOUT 300)
endfunction()

include(GoogleTest)
