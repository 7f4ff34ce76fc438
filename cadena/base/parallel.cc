// SPDX-License-Identifier: MIT
#include "cadena/base/parallel.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "cadena/base/subnormals.h"

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace cadena {
namespace {

thread_local bool inside_task = false;

// Marks that this thread runs tasks.
class TaskScope {
 public:
  TaskScope() { inside_task = true; }
  ~TaskScope() { inside_task = false; }

 private:
  FlushSubnormals flush_;
};

// One call of parallel_for.
struct Job {
  int64_t count;
  const std::function<void(int64_t)>* task;
  std::atomic<int64_t> next = 0;
  std::mutex failure_mutex{};
  int64_t failed = INT64_MAX;
  std::exception_ptr failure{};

  void work() {
    const TaskScope scope;
    for (int64_t i = next++; i < count; i = next++) {
      try {
        (*task)(i);
      } catch (...) {
        const std::lock_guard lock(failure_mutex);
        if (i < failed) failed = i, failure = std::current_exception();
      }
    }
  }
};

void pause() {
#if defined(__SSE__)
  _mm_pause();
#endif
}

// Steps follow each other within microseconds in training, so a thread looks out for the next job a
// while before it sleeps.
constexpr int spins = 4000;

class Pool {
 public:
  /// Of so many threads, or as many as there are to be had.
  explicit Pool(int workers) {
    threads_.reserve(static_cast<size_t>(workers));
    try {
      for (int i = 0; i < workers; ++i) threads_.emplace_back([this] { serve(); });
    } catch (const std::exception&) {  // a limit of the system, or of memory
    }
  }
  ~Pool() {
    stop_ = true;
    publish();
  }

  int workers() const { return static_cast<int>(threads_.size()); }

  void run(Job& job) {
    {
      const std::lock_guard lock(mutex_);
      job_ = &job;
    }
    publish();
    job.work();
    {
      const std::lock_guard lock(mutex_);
      job_ = nullptr;  // nobody joins from here on
    }
    while (helpers_ > 0) pause();
    if (job.failure) std::rethrow_exception(job.failure);
  }

 private:
  void publish() {
    {
      const std::lock_guard lock(mutex_);
      ++generation_;
    }
    wake_.notify_all();
  }

  void serve() {
    for (uint64_t seen = 0; !stop_;) {
      for (int i = 0; i < spins && generation_ == seen; ++i) pause();
      Job* job = nullptr;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return generation_ != seen; });
        seen = generation_;
        job = job_;
        if (job) ++helpers_;
      }
      if (!job) continue;
      job->work();
      --helpers_;
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<uint64_t> generation_ = 0;
  std::atomic<bool> stop_ = false;
  std::atomic<int> helpers_ = 0;
  Job* job_ = nullptr;
  std::vector<std::jthread> threads_;  // last: joined before the rest goes
};

int count_from(const char* variable) {
  const char* text = std::getenv(variable);
  return text ? std::atoi(text) : 0;
}

int default_threads() {
  for (const char* variable : {"CADENA_THREADS", "OMP_NUM_THREADS"})
    if (const int count = count_from(variable); count > 0) return count;
  cpu_set_t processors;
  if (sched_getaffinity(0, sizeof processors, &processors) == 0) return CPU_COUNT(&processors);
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

struct Settings {
  std::recursive_mutex running;  // one job at a time
  std::atomic<int> threads = default_threads();
  int lone_teams = 0;  // so many of the next teams have one member
  std::unique_ptr<Pool> pool;

  /// Starts them if they are not; from then on there are so many threads as have started.
  void start_pool() {
    if (pool || threads == 1) return;
    pool = std::make_unique<Pool>(threads - 1);
    threads = 1 + pool->workers();
  }
};

Settings& settings() {
  static Settings instance;
  return instance;
}

}  // namespace

int threads() { return settings().threads; }

void set_threads(int count) {
  Settings& s = settings();
  const std::lock_guard lock(s.running);
  s.threads = std::clamp(count, 1, 1024);
  s.lone_teams = 0;
  s.pool.reset();
}

void parallel_for(int64_t count, const std::function<void(int64_t)>& task) {
  if (inside_task) {
    for (int64_t i = 0; i < count; ++i) task(i);
    return;
  }
  Job job{.count = count, .task = &task};
  Settings& s = settings();
  const std::lock_guard lock(s.running);
  if (count > 1) s.start_pool();
  if (count > 1 && s.threads > 1) {
    s.pool->run(job);
  } else {
    job.work();
    if (job.failure) std::rethrow_exception(job.failure);
  }
}

void Barrier::wait() {
  const uint32_t round = round_.load(std::memory_order_relaxed);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == members_) {
    arrived_.store(0, std::memory_order_relaxed);
    round_.store(round + 1, std::memory_order_release);
    return;
  }
  for (int i = 0; round_.load(std::memory_order_acquire) == round; ++i) {
    if (i == spins) ++stalls_;
    i < spins ? pause() : std::this_thread::yield();
  }
}

void parallel_team(int64_t most, const std::function<void(int, int, Barrier&)>& body) {
  Barrier alone(1);
  if (inside_task) return body(0, 1, alone);
  // A thread that wakes up late may stall the others a few times.
  constexpr int stalls_allowed = 4, teams_without = 200;
  Settings& s = settings();
  const std::lock_guard lock(s.running);  // the number of threads stays
  if (s.lone_teams > 0) --s.lone_teams, most = 1;
  if (most > 1) s.start_pool();
  const int members = static_cast<int>(std::clamp<int64_t>(most, 1, s.threads.load()));
  Barrier barrier(members);
  parallel_for(members, [&](int64_t member) {
    barrier.wait();  // who waits holds its thread, so that no thread takes two
    body(static_cast<int>(member), members, barrier);
  });
  if (barrier.stalls() > stalls_allowed * members) s.lone_teams = teams_without;
}

void parallel_blocks(int64_t size, int64_t block,
                     const std::function<void(int64_t, int64_t)>& task) {
  parallel_for((size + block - 1) / block,
               [&](int64_t i) { task(i * block, std::min(size, (i + 1) * block)); });
}

}  // namespace cadena
