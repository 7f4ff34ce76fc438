# Installs a build into a fresh prefix, moves it, and builds the consumer against it: once by find_package, once by
# pkg-config. Then runs the installed program.
#   cmake -D BUILD=... -D CXX=... -D PKG_CONFIG=... -D GENERATOR=... -P run.cmake
set(work ${BUILD}/install_test)
set(prefix ${work}/moved)

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT code STREQUAL 0)
    message(FATAL_ERROR "${ARGN}\nended with ${code}:\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${work})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${work}/prefix)
file(RENAME ${work}/prefix ${prefix})

run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${work}/consumer -G ${GENERATOR} -D CMAKE_CXX_COMPILER=${CXX}
    -D CMAKE_PREFIX_PATH=${prefix})
run(${CMAKE_COMMAND} --build ${work}/consumer)
run(${work}/consumer/consumer)

file(GLOB_RECURSE pc ${prefix}/cadena.pc)
get_filename_component(pc_folder ${pc} DIRECTORY)
set(ENV{PKG_CONFIG_PATH} ${pc_folder})
run(${PKG_CONFIG} --cflags --libs cadena)
separate_arguments(flags UNIX_COMMAND "${output}")
run(${CXX} -std=c++20 ${CMAKE_CURRENT_LIST_DIR}/main.cc -o ${work}/by_pkg_config ${flags})
run(${work}/by_pkg_config)

file(GLOB_RECURSE private ${prefix}/include/cadena/kernels/* ${prefix}/include/*.inl)
if(private)
  message(FATAL_ERROR "installed, but not public: ${private}")
endif()
run(${prefix}/bin/cadena --version)
