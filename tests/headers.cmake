# Every public header compiles alone. One that has a source of its own name is that source's first
# include (tools/shape sees to it), so the library's build proves it; the others get a unit each.
file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}
     ${CMAKE_SOURCE_DIR}/node/*.h ${CMAKE_SOURCE_DIR}/hub/*.h ${CMAKE_SOURCE_DIR}/tools/src/*.h
     ${CMAKE_SOURCE_DIR}/tests/*.h)
set(units)
foreach(header ${headers})
  string(REGEX REPLACE "\\.h$" ".cc" source ${header})
  get_filename_component(folder ${CMAKE_SOURCE_DIR}/${header} DIRECTORY)
  if(EXISTS ${CMAKE_SOURCE_DIR}/${source} OR NOT EXISTS ${folder}/CMakeLists.txt)
    continue()
  endif()
  string(REPLACE "/" "_" unit ${source})
  set(unit ${CMAKE_CURRENT_BINARY_DIR}/headers/${unit})
  file(CONFIGURE OUTPUT ${unit} CONTENT "#include \"${header}\"\n")
  list(APPEND units ${unit})
endforeach()
add_library(tocsin_headers OBJECT ${units})
target_include_directories(tocsin_headers PRIVATE ${CMAKE_SOURCE_DIR})
# As every test has it: tests/support/data.h finds the data by it.
target_compile_options(tocsin_headers PRIVATE ${TOCSIN_WARNINGS})
target_link_libraries(tocsin_headers PRIVATE tocsin_proto_grpc tocsin_node_base GTest::gtest
                      rapidcheck)
# Generated headers come first.
add_dependencies(tocsin_headers tocsin_proto_grpc)
