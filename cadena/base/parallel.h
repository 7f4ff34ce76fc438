// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

namespace cadena {

/// Threads that parallel_for uses, the calling one included. At the start: CADENA_THREADS, else
/// OMP_NUM_THREADS, else the processors that this process may run on. Where the system starts
/// fewer, there are fewer.
int threads();
void set_threads(int count);

/// Runs task(0) ... task(count - 1), each once, in any order on any thread, and returns when all
/// are done. What is computed must not depend on which thread runs a task or when: split work into
/// blocks whose size depends on the data alone, and let each task write its own part. This is how
/// results keep the same bits for any number of threads. A call from inside a task runs on the
/// calling thread. The exception of the lowest failing task is thrown again here.
void parallel_for(int64_t count, const std::function<void(int64_t)>& task);

/// Where the members of a team wait for each other. They spin: steps of a sequence follow each
/// other faster than a thread can be woken.
class Barrier {
 public:
  explicit Barrier(int members) : members_(members) {}
  void wait();
  /// Waits so long that another member cannot have been running.
  int stalls() const { return stalls_; }

 private:
  int members_;
  std::atomic<int> stalls_ = 0;
  std::atomic<int> arrived_ = 0;
  std::atomic<uint32_t> round_ = 0;
};

/// Runs body(member, members, barrier) on at most `most` threads at once, 0 <= member < members,
/// and returns when all are done. From inside a task there is one member; and where members have
/// kept each other waiting because the processors are busy with other work, there is one for a
/// while. A body that waits at the barrier may not throw.
void parallel_team(int64_t most, const std::function<void(int, int, Barrier&)>& body);

/// parallel_for over [0, size) in blocks of `block`: task(begin, end).
void parallel_blocks(int64_t size, int64_t block,
                     const std::function<void(int64_t, int64_t)>& task);

}  // namespace cadena
