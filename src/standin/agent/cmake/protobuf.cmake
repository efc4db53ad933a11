# protobuf has three parts that must fit each other: protoc, headers and library.

# Leaves the target PkgConfig::system_protobuf and PROTOC.
macro(look_for_protobuf)
  pkg_check_modules(system_protobuf QUIET IMPORTED_TARGET protobuf>=3)
  if(NOT system_protobuf_FOUND)
    message(FATAL_ERROR "protobuf was not found (pkg-config), and the link to Netdata Cloud needs it.")
  endif()
  find_program(PROTOC protoc)
  if(NOT PROTOC)
    message(FATAL_ERROR "protoc was not found, and the link to Netdata Cloud needs it.")
  endif()
  message(STATUS "Looking for protobuf: yes")
  try_protobuf()
endmacro()

function(try_protobuf)
  set(try ${CMAKE_CURRENT_BINARY_DIR}/try-protobuf)
  file(WRITE ${try}/try.proto
    "syntax = \"proto3\";\nimport \"google/protobuf/timestamp.proto\";\nmessage Try { google.protobuf.Timestamp at = 1; }\n")
  file(WRITE ${try}/try.cc "#include \"try.pb.h\"\nint main() { return Try().SerializeAsString().empty() ? 0 : 1; }\n")
  execute_process(COMMAND ${PROTOC} -I${try} --cpp_out=${try} ${try}/try.proto
    RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(status STREQUAL 0)
    set(THREADS_PREFER_PTHREAD_FLAG ON)
    find_package(Threads QUIET)
    try_compile(PROTOBUF_FITS ${try}/build SOURCES ${try}/try.cc ${try}/try.pb.cc
      CMAKE_FLAGS "-DINCLUDE_DIRECTORIES=${try}"
      LINK_LIBRARIES PkgConfig::system_protobuf Threads::Threads
      OUTPUT_VARIABLE output
      CXX_STANDARD 11)
  endif()
  if(NOT PROTOBUF_FITS)
    message(FATAL_ERROR "protoc, protobuf and the C++ compiler do not fit each other:\n${output}")
  endif()
endfunction()

# Compiles a .proto into the target.
function(add_messages target proto)
  get_filename_component(name ${proto} NAME_WE)
  get_filename_component(folder ${CMAKE_CURRENT_SOURCE_DIR}/${proto} DIRECTORY)
  set(made ${CMAKE_CURRENT_BINARY_DIR}/schemas)
  file(MAKE_DIRECTORY ${made})
  add_custom_command(OUTPUT ${made}/${name}.pb.cc ${made}/${name}.pb.h
    COMMAND ${PROTOC} -I${folder} --cpp_out=${made} ${folder}/${name}.proto
    DEPENDS ${folder}/${name}.proto
    VERBATIM)
  target_sources(${target} PRIVATE ${made}/${name}.pb.cc ${made}/${name}.pb.h)
  target_include_directories(${target} PRIVATE ${made})
  target_link_libraries(${target} PRIVATE PkgConfig::system_protobuf)
endfunction()
