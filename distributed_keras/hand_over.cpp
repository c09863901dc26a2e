// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed_keras/hand_over.hpp"

#include "storage/data/npy.hpp"

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace dk {
inline namespace trainers {

Result<HandOver> HandOver::make(const std::filesystem::path& parent) {
  auto pattern = (parent / "dk-train-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    return fail(Errc::kIo, "cannot make {}: {}", pattern, std::generic_category().message(errno));
  }
  HandOver made;
  made.path_ = pattern;
  std::error_code failed;
  using std::filesystem::perms;
  std::filesystem::permissions(
      made.path_, perms::group_read | perms::group_exec | perms::others_read | perms::others_exec,
      std::filesystem::perm_options::add, failed);
  if (failed) return fail(Errc::kIo, "{}: {}", pattern, failed.message());
  return made;
}

HandOver::HandOver(HandOver&& other) noexcept : path_(std::exchange(other.path_, {})) {}

HandOver::~HandOver() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

Result<void> write_arrays(const model::Model& model, const model::Data& arrays,
                          const std::filesystem::path& directory, const std::string& name) {
  if (!arrays.sample_weights.empty()) {
    return fail(Errc::kInvalid, "{}: a distributed training has no sample weights", name);
  }
  DK_TRY_ASSIGN(const auto samples, model::count_samples(model, arrays, name));
  const std::size_t x_shape[] = {samples, model.input_size()};
  const std::size_t y_shape[] = {samples, model.target_size()};
  DK_TRY(storage::write_npy(directory / (name + "-x.npy"), x_shape, arrays.x));
  return storage::write_npy(directory / (name + "-y.npy"), y_shape, arrays.y);
}

nlohmann::json array_set(const std::filesystem::path& directory, const std::string& name) {
  return {{"format", "npy"},
          {"features", (directory / (name + "-x.npy")).string()},
          {"labels", (directory / (name + "-y.npy")).string()}};
}

}  // namespace trainers
}  // namespace dk
