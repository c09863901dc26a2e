// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/check.hpp"
#include "storage/data/row_store.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <unordered_set>

namespace dk::storage {
namespace {

using PagePtr = std::shared_ptr<const Page>;

class PagedStore final : public RowStore {
 public:
  PagedStore(std::shared_ptr<const Reader> reader, std::uint64_t budget)
      : reader_(std::move(reader)),
        x_size_(reader_->schema().feature_size()),
        y_size_(reader_->schema().label_size()),
        page_rows_(reader_->group_rows()),
        page_bytes_(page_rows_ * Page::row_bytes(reader_->schema(), reader_->features_are_bytes())),
        most_pages_(static_cast<std::size_t>(std::max<std::uint64_t>(2, budget / page_bytes_))),
        worker_([this] { work(); }) {}
  ~PagedStore() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    worker_.join();
  }
  PagedStore(const PagedStore&) = delete;
  PagedStore& operator=(const PagedStore&) = delete;

  Result<void> gather(std::span<const std::uint32_t> rows, std::span<float> x,
                      std::span<float> y) const override {
    PagePtr page;
    std::size_t number = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      DK_CHECK(rows[i] < reader_->rows(), "a row of this data set");
      const auto wanted = rows[i] / page_rows_;
      if (!page || wanted != number) {
        DK_TRY_ASSIGN(page, get(wanted));
        number = wanted;
      }
      page->copy(rows[i] % page_rows_, x.data() + i * x_size_, y.data() + i * y_size_);
    }
    return {};
  }

  void prefetch(std::span<const std::uint32_t> rows) const override {
    {
      const std::lock_guard lock(mutex_);
      forget_old();
      auto last = most_pages_ + reader_->rows();
      for (const auto row : rows) {
        const std::size_t page = row / page_rows_;
        if (page == last) continue;
        last = page;
        if (queue_.size() >= most_pages_) break;
        if (!pages_.contains(page) && queued_.insert(page).second) queue_.push_back(page);
      }
    }
    changed_.notify_all();
  }

  [[nodiscard]] std::size_t page_rows() const override { return page_rows_; }
  [[nodiscard]] std::size_t window_pages() const override {
    return std::max<std::size_t>(1, most_pages_ / 3);
  }
  [[nodiscard]] std::uint64_t held_bytes() const override {
    const std::lock_guard lock(mutex_);
    return pages_.size() * page_bytes_;
  }

 private:
  struct Entry {
    PagePtr page;  ///< nullptr while it is read.
    std::uint64_t used = 0;
    bool waits = false;  ///< Read ahead, and not asked for yet.
    std::uint64_t turn = 0;
  };

  Result<PagePtr> get(std::size_t number) const {
    std::unique_lock lock(mutex_);
    while (true) {
      const auto found = pages_.find(number);
      if (found == pages_.end()) return load(number, false, lock);
      if (found->second.page) {
        found->second.used = ++clock_;
        if (found->second.waits) {
          found->second.waits = false;
          --ahead_;
          changed_.notify_all();
        }
        return found->second.page;
      }
      changed_.wait(lock);
    }
  }

  /// Reads a page outside the lock.
  Result<PagePtr> load(std::size_t number, bool ahead, std::unique_lock<std::mutex>& lock) const {
    make_room();
    pages_[number] = {};
    lock.unlock();
    const auto first = static_cast<std::uint64_t>(number) * page_rows_;
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(page_rows_, reader_->rows() - first));
    const auto page =
        std::make_shared<Page>(reader_->schema(), reader_->features_are_bytes(), count);
    std::vector<float> buffer;
    const auto filled = page->fill(*reader_, first, count, 0, buffer);
    lock.lock();
    if (filled) {
      pages_[number] = {page, ++clock_, ahead, turn_};
      if (ahead) ++ahead_;
    } else {
      pages_.erase(number);
    }
    changed_.notify_all();
    if (!filled) return fail(filled.error());
    return PagePtr(page);
  }

  /// What was announced long ago and never asked for does not wait any more: its block went to
  /// somebody else.
  void forget_old() const {
    constexpr std::uint64_t kPatience = 16;
    ++turn_;
    for (auto& [number, entry] : pages_) {
      if (!entry.waits || entry.turn + kPatience > turn_) continue;
      entry.waits = false;
      --ahead_;
    }
  }

  /// Drops the pages unused for longest, those that were read ahead last.
  void make_room() const {
    while (pages_.size() >= most_pages_) {
      auto oldest = pages_.end();
      for (auto entry = pages_.begin(); entry != pages_.end(); ++entry) {
        if (!entry->second.page) continue;
        if (oldest == pages_.end() || order(entry->second) < order(oldest->second)) oldest = entry;
      }
      if (oldest == pages_.end()) return;
      if (oldest->second.waits) --ahead_;
      pages_.erase(oldest);
    }
  }
  static std::pair<bool, std::uint64_t> order(const Entry& entry) {
    return {entry.waits, entry.used};
  }

  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] {
        return stopping_ || (!queue_.empty() && ahead_ < std::max<std::size_t>(1, most_pages_ / 2));
      });
      if (stopping_) return;
      const auto number = queue_.front();
      queue_.pop_front();
      queued_.erase(number);
      // What goes wrong here goes wrong again when the page is asked for, and is told there.
      if (!pages_.contains(number)) static_cast<void>(load(number, true, lock));
    }
  }

  std::shared_ptr<const Reader> reader_;
  std::size_t x_size_;
  std::size_t y_size_;
  std::size_t page_rows_;
  std::uint64_t page_bytes_;
  std::size_t most_pages_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable std::unordered_map<std::size_t, Entry> pages_;
  mutable std::unordered_set<std::size_t> queued_;
  mutable std::deque<std::size_t> queue_;
  mutable std::uint64_t turn_ = 0;
  mutable std::uint64_t clock_ = 0;
  mutable std::size_t ahead_ = 0;
  bool stopping_ = false;
  std::thread worker_;
};

}  // namespace

std::shared_ptr<const RowStore> make_paged_store(std::shared_ptr<const Reader> reader,
                                                 std::uint64_t budget_bytes) {
  return std::make_shared<const PagedStore>(std::move(reader), budget_bytes);
}

}  // namespace dk::storage
