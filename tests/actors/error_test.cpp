// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/error.hpp"

#include <caf/all.hpp>
#include <gtest/gtest.h>

namespace dk::test {
namespace {

TEST(ActorError, OursKeepsCodeAndMessageThroughCaf) {
  const Error sent{Errc::kCorrupt, "chunk 4 is damaged"};
  EXPECT_EQ(from_caf(to_caf(sent)), sent);
}

TEST(ActorError, APeerThatIsGoneOrSilentIsUnavailable) {
  for (const auto& gone : {caf::make_error(caf::sec::request_timeout),
                           caf::make_error(caf::sec::request_receiver_down),
                           caf::make_error(caf::sec::cannot_connect_to_node),
                           caf::make_error(caf::exit_reason::remote_link_unreachable)})
    EXPECT_EQ(from_caf(gone).code, Errc::kUnavailable);
}

TEST(ActorError, EverythingElseOfCafIsInternal) {
  EXPECT_EQ(from_caf(caf::make_error(caf::sec::unexpected_message)).code, Errc::kInternal);
}

TEST(ActorError, AnEmptyErrorIsAnActorThatJustEnded) {
  EXPECT_EQ(from_caf({}), (Error{Errc::kNone, "ended"}));
}

}  // namespace
}  // namespace dk::test
