// SPDX-License-Identifier: MIT
#include "cadena/base/parallel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <latch>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/threads.h"

namespace cadena {
namespace {

class Parallel : public testing::TestWithParam<int> {
  ThreadScope scope_{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Threads, Parallel, testing::Values(1, 2, 3, 8));

TEST_P(Parallel, RunsEachTaskOnce) {
  for (const int64_t count : {0, 1, 2, 3, 1000}) {
    std::vector<std::atomic<int>> runs(static_cast<size_t>(count));
    parallel_for(count, [&](int64_t i) { ++runs[static_cast<size_t>(i)]; });
    for (const std::atomic<int>& times : runs) EXPECT_EQ(times, 1);
  }
}

TEST_P(Parallel, BlocksCoverTheRange) {
  for (const int64_t size : {0, 1, 9, 10, 11, 105}) {
    std::vector<std::atomic<int>> seen(static_cast<size_t>(size));
    std::atomic<int> blocks = 0;
    parallel_blocks(size, 10, [&](int64_t begin, int64_t end) {
      EXPECT_EQ(begin % 10, 0);
      EXPECT_EQ(end, std::min<int64_t>(size, begin + 10));
      ++blocks;
      for (int64_t i = begin; i < end; ++i) ++seen[static_cast<size_t>(i)];
    });
    EXPECT_EQ(blocks, (size + 9) / 10);
    for (const std::atomic<int>& times : seen) EXPECT_EQ(times, 1);
  }
}

TEST_P(Parallel, ANestedCallRunsOnTheCallingThread) {
  std::atomic<int> runs = 0;
  parallel_for(6, [&](int64_t) {
    const auto outer = std::this_thread::get_id();
    parallel_for(5, [&](int64_t) {
      EXPECT_EQ(std::this_thread::get_id(), outer);
      parallel_for(4, [&](int64_t) { ++runs; });
    });
  });
  EXPECT_EQ(runs, 6 * 5 * 4);
}

TEST_P(Parallel, ThrowsTheExceptionOfTheLowestTask) {
  for (int repeat = 0; repeat < 50; ++repeat) {
    try {
      parallel_for(100, [](int64_t i) {
        if (i % 10 == 7) throw std::runtime_error(std::to_string(i));
      });
      FAIL() << "nothing was thrown";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "7");
    }
  }
}

TEST_P(Parallel, WorksAfterAnException) {
  EXPECT_THROW(parallel_for(1, [](int64_t) { throw std::runtime_error(""); }), std::runtime_error);
  std::atomic<int> runs = 0;
  parallel_for(10, [&](int64_t) { ++runs; });
  EXPECT_EQ(runs, 10);
}

TEST_P(Parallel, ManySmallJobs) {
  std::vector<int> sums(4);
  constexpr int jobs = 20'000;
  for (int job = 0; job < jobs; ++job)
    parallel_for(4, [&](int64_t i) { sums[static_cast<size_t>(i)] += job % 7; });
  for (int sum : sums) EXPECT_EQ(sum, sums[0]);
  EXPECT_EQ(sums[0], jobs / 7 * 21 + (jobs % 7) * (jobs % 7 - 1) / 2);
}

TEST_P(Parallel, TwoThreadsMayCallAtOnce) {
  std::vector<int64_t> sums(2);
  const auto caller = [&](size_t which) {
    for (int job = 0; job < 500; ++job) {
      std::vector<int64_t> parts(8);
      parallel_for(8, [&](int64_t i) { parts[static_cast<size_t>(i)] = i; });
      sums[which] += std::accumulate(parts.begin(), parts.end(), int64_t{0});
    }
  };
  { const std::jthread a(caller, 0), b(caller, 1); }
  EXPECT_EQ(sums, (std::vector<int64_t>{500 * 28, 500 * 28}));
}

TEST_P(Parallel, ATeamHasAtMostAsManyMembersAsThreads) {
  for (const int64_t most :
       {int64_t{-1}, int64_t{0}, int64_t{1}, int64_t{2}, int64_t{5}, INT64_MAX}) {
    const auto expected = static_cast<int>(std::clamp<int64_t>(most, 1, threads()));
    std::vector<std::atomic<int>> runs(static_cast<size_t>(expected));
    std::vector<std::thread::id> ids(runs.size());
    parallel_team(most, [&](int member, int members, Barrier&) {
      ASSERT_EQ(members, expected);
      ++runs[static_cast<size_t>(member)];
      ids[static_cast<size_t>(member)] = std::this_thread::get_id();
    });
    for (const std::atomic<int>& times : runs) EXPECT_EQ(times, 1);
    std::ranges::sort(ids);
    EXPECT_EQ(std::ranges::adjacent_find(ids), ids.end()) << "each has a thread of its own";
  }
}

// Plain integers: what was written before the barrier is seen after it.
TEST_P(Parallel, AMemberSeesWhatAllDidBeforeTheBarrier) {
  constexpr int rounds = 100;
  std::vector<int> at(static_cast<size_t>(threads()));
  std::vector<std::string> faults(at.size());
  parallel_team(INT64_MAX, [&](int member, int members, Barrier& barrier) {
    const auto me = static_cast<size_t>(member);
    for (int round = 1; round <= rounds; ++round) {
      at[me] = round;
      barrier.wait();
      if (std::ranges::count(at, round) != members) faults[me] = std::to_string(round);
      barrier.wait();
    }
  });
  EXPECT_EQ(faults, std::vector<std::string>(at.size())) << "the last wrong round of each member";
  EXPECT_EQ(at, std::vector<int>(at.size(), rounds));
}

TEST_P(Parallel, ATeamInsideATaskIsTheCallingThread) {
  std::atomic<int> runs = 0;
  const auto alone = [&](int, int, Barrier&) {
    const auto outer = std::this_thread::get_id();
    parallel_team(8, [&](int member, int members, Barrier& barrier) {
      EXPECT_EQ(member, 0);
      EXPECT_EQ(members, 1);
      EXPECT_EQ(std::this_thread::get_id(), outer);
      barrier.wait();
      parallel_for(3, [&](int64_t) { ++runs; });
    });
  };
  Barrier unused(1);
  parallel_for(4, [&](int64_t) { alone(0, 1, unused); });
  EXPECT_EQ(runs, 4 * 3);
  parallel_team(2, alone);
  EXPECT_EQ(runs, (4 + std::min(2, threads())) * 3);
}

TEST_P(Parallel, TwoThreadsMayHaveTeamsAtOnce) {
  std::vector<int64_t> sums(2);
  const auto caller = [&](size_t which) {
    for (int job = 0; job < 50; ++job) {
      std::atomic<int> arrived = 0;
      parallel_team(3, [&](int member, int members, Barrier& barrier) {
        ++arrived;
        barrier.wait();
        if (member == 0) sums[which] += arrived == members;
      });
    }
  };
  { const std::jthread a(caller, 0), b(caller, 1); }
  EXPECT_EQ(sums, (std::vector<int64_t>{50, 50}));
}

TEST(Teams, HaveOneMemberForAWhileAfterStalls) {
  const ThreadScope scope(2);
  const auto size = [] {
    std::atomic<int> seen = 0;
    parallel_team(2, [&](int, int members, Barrier&) { seen = members; });
    return seen.load();
  };
  EXPECT_EQ(size(), 2);
  parallel_team(2, [](int member, int, Barrier& barrier) {
    for (int i = 0; i < 20; ++i) {
      if (member == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
      barrier.wait();
    }
  });
  EXPECT_EQ(size(), 1);
  set_threads(2);
  EXPECT_EQ(size(), 2);
}

TEST(BarrierOfThreads, HoldsEachUntilAllHaveCome) {
  constexpr int members = 3, rounds = 100;
  Barrier barrier(members);
  std::atomic<int> arrived = 0, early = 0;
  const auto work = [&] {
    for (int round = 1; round <= rounds; ++round) {
      ++arrived;
      barrier.wait();
      if (arrived < round * members) ++early;
    }
  };
  { const std::jthread a(work), b(work), c(work); }
  EXPECT_EQ(early, 0);
  EXPECT_EQ(arrived, rounds * members);
}

// Within tasks subnormal numbers are 0; the caller gets its arithmetic back.
TEST_P(Parallel, LeavesTheArithmeticOfTheCallerAlone) {
#if !defined(__SSE__)
  GTEST_SKIP() << "flushing subnormal numbers is only done on x86";
#endif
  const volatile float small = 1e-30f;
  std::vector<float> inside(4, 1.0f);
  parallel_for(4, [&](int64_t i) { inside[static_cast<size_t>(i)] = small * 1e-10f; });
  EXPECT_EQ(inside, std::vector<float>(4, 0.0f));
  EXPECT_GT(small * 1e-10f, 0.0f);
  inside.assign(4, 1.0f);
  parallel_team(4, [&](int member, int members, Barrier&) {
    for (auto i = static_cast<size_t>(member); i < 4; i += static_cast<size_t>(members))
      inside[i] = small * 1e-10f;
  });
  EXPECT_EQ(inside, std::vector<float>(4, 0.0f));
  EXPECT_GT(small * 1e-10f, 0.0f);
}

TEST(Threads, AreWhatWasSet) {
  const ThreadScope scope(1);
  set_threads(3);
  EXPECT_EQ(threads(), 3);
  set_threads(0);
  EXPECT_EQ(threads(), 1);
  set_threads(-5);
  EXPECT_EQ(threads(), 1);
}

// Each task waits for the other one, so both the caller and a thread of the pool must take one.
TEST(Threads, AreUsed) {
  for (const int count : {2, 3, 8}) {
    const ThreadScope scope(count);
    for (int job = 0; job < 30; ++job) {
      std::latch both(2);
      parallel_for(2, [&](int64_t) { both.arrive_and_wait(); });
    }
  }
}

TEST(Threads, MayChangeBetweenJobs) {
  const ThreadScope scope(1);
  std::atomic<int> runs = 0;
  for (int count = 1; count <= 40; ++count) {
    set_threads(count % 5 + 1);
    parallel_for(count, [&](int64_t) { ++runs; });
  }
  EXPECT_EQ(runs, 40 * 41 / 2);
}

}  // namespace
}  // namespace cadena
