# cmake --install: the library with its public headers, the program, and how others find them: find_package(cadena),
# pkg-config.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(CADENA_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/cadena)

install(TARGETS cadena EXPORT cadenaTargets FILE_SET HEADERS)
if(TARGET cadena_program)
  install(TARGETS cadena_program)
endif()
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

install(EXPORT cadenaTargets NAMESPACE cadena:: DESTINATION ${CADENA_CMAKE_DIR})
configure_package_config_file(cmake/cadenaConfig.cmake.in cmake/cadenaConfig.cmake
                              INSTALL_DESTINATION ${CADENA_CMAKE_DIR} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/cmake/cadenaConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/cmake/cadenaConfig.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/cmake/cadenaConfigVersion.cmake
        DESTINATION ${CADENA_CMAKE_DIR})

# From the folder of cadena.pc up to the prefix, so that an installed tree may be moved.
file(RELATIVE_PATH CADENA_PC_TO_PREFIX /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(cmake/cadena.pc.in cmake/cadena.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/cmake/cadena.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
