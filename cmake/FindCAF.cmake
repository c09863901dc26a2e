# Debian ships CAF without a CMake package. Defines CAF::core, CAF::io, CAF::openssl for the components asked for.
find_path(CAF_INCLUDE_DIR NAMES caf/actor_system.hpp)
set(_caf_required CAF_INCLUDE_DIR)
foreach(component IN LISTS CAF_FIND_COMPONENTS)
  string(TOUPPER ${component} upper)
  find_library(CAF_${upper}_LIBRARY NAMES caf_${component})
  list(APPEND _caf_required CAF_${upper}_LIBRARY)
endforeach()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(CAF REQUIRED_VARS ${_caf_required})

if(CAF_FOUND)
  foreach(component IN LISTS CAF_FIND_COMPONENTS)
    string(TOUPPER ${component} upper)
    if(NOT TARGET CAF::${component})
      add_library(CAF::${component} UNKNOWN IMPORTED)
      set_target_properties(CAF::${component} PROPERTIES
        IMPORTED_LOCATION "${CAF_${upper}_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${CAF_INCLUDE_DIR}")
      if(NOT component STREQUAL "core")
        set_property(TARGET CAF::${component} PROPERTY INTERFACE_LINK_LIBRARIES CAF::core)
      endif()
    endif()
  endforeach()
endif()
