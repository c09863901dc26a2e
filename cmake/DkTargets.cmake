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
target_include_directories(dk_options INTERFACE "${CMAKE_SOURCE_DIR}")
target_compile_options(dk_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wno-sign-conversion -Wshadow -fno-math-errno
  # g++ 12 sees overlapping copies in plain string concatenation (GCC bug 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
if(DK_WERROR)
  target_compile_options(dk_options INTERFACE -Werror)
endif()

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

function(dk_test name)
  cmake_parse_arguments(arg "" "LABEL" "SOURCES;LIBRARIES" ${ARGN})
  if(NOT arg_LABEL)
    set(arg_LABEL unit)
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE dk_options ${arg_LIBRARIES} GTest::gmock GTest::gtest_main)
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES LABELS ${arg_LABEL} TIMEOUT 300)
endfunction()
