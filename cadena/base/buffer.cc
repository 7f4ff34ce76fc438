// SPDX-License-Identifier: MIT
#include "cadena/base/buffer.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdlib>
#include <iterator>
#include <list>
#include <mutex>
#include <new>

#include "cadena/base/buffer_limit.h"

namespace cadena {
namespace {

constexpr size_t line = 64;
// Smaller ones go to the allocator, which serves them from memory that it has.
constexpr size_t smallest_kept = size_t{1} << 15;

// Sizes within an eighth of each other share one class, so that batches of about the same length
// can use each other's memory.
size_t class_of(int64_t size) {
  const size_t bytes = static_cast<size_t>(size) * sizeof(float);
  const size_t unit = std::max(line, std::bit_floor(bytes) / 8);
  return (bytes / unit + 1) * unit;
}

// Large pages, where the system gives them: walking a matrix down its columns meets few of them.
void* fresh(size_t bytes) {
  constexpr size_t large_page = size_t{1} << 21;
  if (bytes < large_page) return std::aligned_alloc(line, bytes);
  const size_t whole = (bytes + large_page - 1) / large_page * large_page;
  void* memory = std::aligned_alloc(large_page, whole);
  if (memory) madvise(memory, bytes, MADV_HUGEPAGE);
  return memory;
}

class Pool {
 public:
  void* acquire(size_t bytes) {
    const std::lock_guard lock(mutex_);
    void* memory = take(bytes);
    if (!memory) {
      trim(in_use_ + bytes);
      memory = fresh(bytes);
    }
    if (!memory) throw std::bad_alloc();
    in_use_ += bytes;
    peak_ = std::max(peak_, in_use_);
    return memory;
  }

  void release(void* memory, size_t bytes) {
    const std::lock_guard lock(mutex_);
    in_use_ -= bytes;
    try {
      kept_.push_front({memory, bytes});
    } catch (const std::bad_alloc&) {
      return std::free(memory);
    }
    kept_bytes_ += bytes;
    trim(in_use_);
  }

 private:
  struct Block {
    void* memory;
    size_t bytes;
  };

  // One of that size that is kept, or null.
  void* take(size_t bytes) {
    const auto block = std::ranges::find(kept_, bytes, &Block::bytes);
    if (block == kept_.end()) return nullptr;
    void* memory = block->memory;
    drop(block);
    return memory;
  }
  void drop(std::list<Block>::iterator block) {
    kept_bytes_ -= block->bytes;
    kept_.erase(block);
  }
  void trim(size_t in_use) {
    const size_t most = std::max(peak_, in_use);
    while (in_use + kept_bytes_ > most + most / 2 && !kept_.empty()) {
      std::free(kept_.back().memory);
      drop(std::prev(kept_.end()));
    }
  }

  std::mutex mutex_;
  std::list<Block> kept_;  // the latest first
  size_t in_use_ = 0, kept_bytes_ = 0, peak_ = 0;
};

// Never destroyed: buffers of static storage may go after it.
Pool& pool() {
  static Pool& instance = *new Pool;
  return instance;
}

std::atomic<int64_t> living = 0;        // bytes of all buffers, kept by the pool or not
std::atomic<int64_t> most = INT64_MAX;  // that a BufferLimit allows

void* acquire(size_t bytes) {
  return bytes < smallest_kept ? std::aligned_alloc(line, bytes) : pool().acquire(bytes);
}

}  // namespace

Buffer::Buffer(int64_t size) : size_(size) {
  if (size < 0 || size > INT64_MAX / 16) throw std::bad_alloc();
  const size_t bytes = class_of(size);
  if (living + static_cast<int64_t>(bytes) > most) throw std::bad_alloc();
  void* memory = acquire(bytes);
  if (!memory) throw std::bad_alloc();
  living += static_cast<int64_t>(bytes);
  floats_ = static_cast<float*>(memory);
}

Buffer::~Buffer() {
  if (!floats_) return;
  const size_t bytes = class_of(size_);
  living -= static_cast<int64_t>(bytes);
  bytes < smallest_kept ? std::free(floats_) : pool().release(floats_, bytes);
}

BufferLimit::BufferLimit(int64_t bytes) { most = living + bytes; }
BufferLimit::~BufferLimit() { most = INT64_MAX; }

}  // namespace cadena
