# protobuf has three parts that must fit each other: protoc, headers and library.

# Leaves the target protobuf, PROTOC and proto_includes.
macro(look_for_protobuf)
  set(directory ${CMAKE_CURRENT_SOURCE_DIR}/externaldeps/protobuf/src)
  set(proto_includes "")
  add_library(protobuf INTERFACE IMPORTED) # a target of this build would not reach try_compile
  if(ENABLE_BUNDLED_PROTOBUF AND EXISTS ${directory}/.libs/libprotobuf.a)
    target_include_directories(protobuf SYSTEM INTERFACE ${directory})
    target_link_libraries(protobuf INTERFACE ${directory}/.libs/libprotobuf.a)
    set(protobuf_found TRUE)
    set(proto_includes -I${directory})
    find_program(PROTOC protoc PATHS ${directory} NO_DEFAULT_PATH)
  else()
    if(PKG_CONFIG_FOUND)
      pkg_check_modules(system_protobuf QUIET IMPORTED_TARGET protobuf>=3)
    endif()
    set(protobuf_found ${system_protobuf_FOUND})
    if(protobuf_found)
      target_link_libraries(protobuf INTERFACE PkgConfig::system_protobuf)
    endif()
    find_program(PROTOC protoc)
  endif()
  result(protobuf "${protobuf_found}")
  result(protoc "${PROTOC}")
  if(protobuf_found AND PROTOC AND CMAKE_CXX_COMPILER)
    try_protobuf()
  endif()
endmacro()

function(try_protobuf)
  set(try ${CMAKE_CURRENT_BINARY_DIR}/try-protobuf)
  file(WRITE ${try}/try.proto
    "syntax = \"proto3\";\nimport \"google/protobuf/timestamp.proto\";\nmessage Try { google.protobuf.Timestamp at = 1; }\n")
  file(WRITE ${try}/try.cc "#include \"try.pb.h\"\nint main() { return Try().SerializeAsString().empty() ? 0 : 1; }\n")
  execute_process(COMMAND ${PROTOC} -I${try} ${proto_includes} --cpp_out=${try} ${try}/try.proto
    RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(status STREQUAL 0)
    set(THREADS_PREFER_PTHREAD_FLAG ON)
    find_package(Threads QUIET)
    try_compile(PROTOBUF_FITS ${try}/build SOURCES ${try}/try.cc ${try}/try.pb.cc
      CMAKE_FLAGS "-DINCLUDE_DIRECTORIES=${try}"
      LINK_LIBRARIES protobuf Threads::Threads
      OUTPUT_VARIABLE output
      CXX_STANDARD 11)
  endif()
  if(NOT PROTOBUF_FITS)
    message(STATUS "protoc, protobuf and the C++ compiler do not fit each other:\n${output}")
  endif()
  result("protobuf that fits its protoc" "${PROTOBUF_FITS}")
  set(missing ${missing} PARENT_SCOPE)
endfunction()

# Compiles a .proto into the target.
function(add_messages target proto)
  get_filename_component(name ${proto} NAME_WE)
  get_filename_component(folder ${CMAKE_CURRENT_SOURCE_DIR}/${proto} DIRECTORY)
  set(made ${CMAKE_CURRENT_BINARY_DIR}/schemas)
  file(MAKE_DIRECTORY ${made})
  add_custom_command(OUTPUT ${made}/${name}.pb.cc ${made}/${name}.pb.h
    COMMAND ${PROTOC} -I${folder} ${proto_includes} --cpp_out=${made} ${folder}/${name}.proto
    DEPENDS ${folder}/${name}.proto
    VERBATIM)
  target_sources(${target} PRIVATE ${made}/${name}.pb.cc ${made}/${name}.pb.h)
  target_include_directories(${target} PRIVATE ${made})
  target_link_libraries(${target} PRIVATE protobuf)
endfunction()
