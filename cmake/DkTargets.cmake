# What every target of ours shares, and one function per kind of target.
#   dk_library(NAME SOURCES ... [PUBLIC libs ...] [PRIVATE libs ...])
#   dk_app(NAME SOURCES ... LIBRARIES ...)
#   dk_test(NAME SOURCES ... LIBRARIES ... [LABEL unit|sim|chaos])

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
# -O3 for the vectorised loops; checks stay on in every build, because a wrong process must end, not go on.
set(CMAKE_CXX_FLAGS_RELEASE "-O3")

find_program(DK_CCACHE ccache DOC "Used for compiling when it is there")
if(DK_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${DK_CCACHE}")
endif()

add_library(dk_options INTERFACE)
target_include_directories(dk_options INTERFACE
  "$<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}>" $<INSTALL_INTERFACE:include/distributed-keras>)
target_compile_features(dk_options INTERFACE cxx_std_20)
set(dk_own_flags -Wall -Wextra -Wpedantic -Wconversion -Wno-sign-conversion -Wshadow -fno-math-errno)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND dk_own_flags -Wno-restrict)  # it sees overlapping copies in plain concatenation (GCC bug 105651)
endif()
if(DK_WERROR)
  list(APPEND dk_own_flags -Werror)
endif()
target_compile_options(dk_options INTERFACE "$<BUILD_INTERFACE:${dk_own_flags}>")

set(DK_SANITIZE "" CACHE STRING "Sanitizers, as for -fsanitize=")
if(DK_SANITIZE)
  target_compile_options(dk_options INTERFACE -fsanitize=${DK_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(dk_options INTERFACE -fsanitize=${DK_SANITIZE})
  target_compile_definitions(dk_options INTERFACE DK_SANITIZED=1)
endif()

function(dk_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC dk_options ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
endfunction()

function(dk_app name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE dk_options ${arg_LIBRARIES})
endfunction()

# The manual pages are in the words of --help, so the program writes them itself.
function(dk_man_pages program)
  set(pages "${CMAKE_CURRENT_BINARY_DIR}/man1")
  add_custom_command(TARGET ${program} POST_BUILD
    COMMAND ${program} help-man "${pages}" > "${pages}.list"
    COMMENT "Writing the manual pages of ${program}")
  install(DIRECTORY "${pages}" DESTINATION share/man COMPONENT dk FILES_MATCHING PATTERN "*.1")
endfunction()

function(dk_test name)
  cmake_parse_arguments(arg "" "LABEL" "SOURCES;LIBRARIES" ${ARGN})
  if(NOT arg_LABEL)
    set(arg_LABEL unit)
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE dk_options ${arg_LIBRARIES} GTest::gmock GTest::gtest_main)
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES LABELS ${arg_LABEL} TIMEOUT 300)
endfunction()
