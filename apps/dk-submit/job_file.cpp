// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/job_file.hpp"

#include "base/files.hpp"

namespace dk::submit {

Result<JobRequest> read_job_file(const std::filesystem::path& file,
                                 std::vector<std::string> overrides) {
  constexpr std::size_t kLimit = std::size_t{4} << 20;
  DK_TRY_ASSIGN(auto text, read_file(file, kLimit));
  std::error_code error;
  const auto absolute = std::filesystem::absolute(file, error);
  if (error) return fail(Errc::kIo, "{}: {}", file.string(), error.message());
  return JobRequest{std::move(text), file.string(), absolute.parent_path().string(),
                    std::move(overrides)};
}

}  // namespace dk::submit
