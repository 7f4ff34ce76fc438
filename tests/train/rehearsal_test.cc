// SPDX-License-Identifier: MIT
#include "cadena/train/rehearsal.h"

#include <gtest/gtest.h>

#include <new>

#include "cadena/base/buffer_limit.h"
#include "tests/tasks/six.h"

namespace cadena {
namespace {

// The bytes of the model file that training gives.
std::string trained(Ready& ready, const Scratch& scratch) {
  train(*ready.task, ready.options, [](const Progress&) { return true; });
  save_task(scratch.path("model"), *ready.task, ready.options, true);
  return contents(scratch.path("model"));
}

TEST(Rehearsal, IsNotNoticedByTheTraining) {
  const Scratch scratch;
  for (const Sample& sample : samples(scratch)) {
    Ready plain(sample), rehearsed(sample);
    rehearse(*rehearsed.task, rehearsed.options);
    EXPECT_EQ(trained(rehearsed, scratch), trained(plain, scratch)) << sample.name;
  }
}

TEST(Rehearsal, EndsWhereTheLimitIs) {
  const Scratch scratch;
  for (const Sample& sample : samples(scratch)) {
    Ready ready(sample);
    {
      const BufferLimit limit(1000);
      EXPECT_THROW(rehearse(*ready.task, ready.options), std::bad_alloc) << sample.name;
    }
    rehearse(*ready.task, ready.options);
  }
}

}  // namespace
}  // namespace cadena
