// SPDX-License-Identifier: MIT
#include "cadena/base/file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>

#include "cadena/base/error.h"

namespace cadena {
namespace {

namespace fs = std::filesystem;

class FileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "cadena_file_XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { fs::remove_all(directory_); }

  std::string path(const std::string& name) const { return directory_ + "/" + name; }

  std::string put(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
    return path(name);
  }

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(directory_))
      names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }

  std::string directory_;
};

using Names = std::vector<std::string>;

Error error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no cadena::Error";
  return Error("none");
}

/// Files of this process cannot grow beyond `bytes` while this lives: a full disk.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_ = {};
  void (*handler_)(int);
};

TEST_F(FileTest, ReadsAllBytes) {
  const std::string bytes("a\0\r\n\xff", 5);
  EXPECT_EQ(read_file(put("small", bytes), 5), bytes);
  EXPECT_EQ(read_file(put("empty", ""), 0), "");
  const std::string large(300'000, 'x');
  EXPECT_EQ(read_file(put("large", large), 300'000), large);
}

TEST_F(FileTest, ReadsWhatHasNoSize) {
  EXPECT_NE(read_file("/proc/self/status", 1 << 20).find("Pid:"), std::string::npos);
  EXPECT_EQ(read_file("/dev/null", 0), "");
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  const std::string text(200'000, 'y');
  auto writer = std::async([&] { write_file_atomically(path("pipe"), text, false); });
  EXPECT_EQ(read_file(path("pipe"), 1 << 20), text);
  writer.get();
}

TEST_F(FileTest, LimitsTheSize) {
  const Error file = error_of([&] { read_file(put("a", "123456"), 5); });
  EXPECT_EQ(file.message(), "is larger than the limit of 5 bytes");
  EXPECT_EQ(file.place().file, path("a"));
  EXPECT_EQ(error_of([&] { read_file("/dev/zero", 100'000); }).fault(), Fault::input);
}

TEST_F(FileTest, MissingFileNamesTheNearest) {
  put("train.conll", "x");
  const Error error = error_of([&] { read_file(path("trian.conll"), 10); });
  EXPECT_EQ(error.message(), "no such file");
  EXPECT_EQ(error.hint(), "did you mean '" + path("train.conll") + "'?");
  EXPECT_EQ(error.fault(), Fault::input);
  EXPECT_NE(error_of([&] { read_file(path("none/such"), 10); }).hint(), "");
}

TEST_F(FileTest, DirectoryIsNoFile) {
  EXPECT_EQ(error_of([&] { read_file(directory_, 10); }).message(), "is a directory");
  EXPECT_EQ(error_of([&] { check_writable(directory_, true); }).message(), "is a directory");
  EXPECT_EQ(error_of([&] { write_file_atomically(directory_, "x", true); }).message(),
            "is a directory");
}

TEST_F(FileTest, WritesPartsInOrder) {
  const std::array<std::string_view, 3> parts = {"one ", "", "two"};
  write_file_atomically(path("out"), parts, false);
  EXPECT_EQ(read_file(path("out"), 100), "one two");
  write_file_atomically(path("empty"), "", false);
  EXPECT_EQ(read_file(path("empty"), 100), "");
  EXPECT_EQ(names(), (Names{"empty", "out"}));
}

TEST_F(FileTest, ReplacesOnlyWhenTold) {
  put("out", "old");
  const Error error = error_of([&] { write_file_atomically(path("out"), "new", false); });
  EXPECT_EQ(error.message(), "already exists");
  EXPECT_EQ(error.fault(), Fault::input);
  EXPECT_TRUE(error.hint().starts_with("give --overwrite"));
  EXPECT_THROW(check_writable(path("out"), false), Error);
  EXPECT_EQ(read_file(path("out"), 100), "old");
  check_writable(path("out"), true);
  write_file_atomically(path("out"), "new", true);
  EXPECT_EQ(read_file(path("out"), 100), "new");
  EXPECT_EQ(names(), Names{"out"});
}

TEST_F(FileTest, KeepsWhoMayReadIt) {
  put("out", "old");
  fs::permissions(path("out"), fs::perms::owner_read | fs::perms::owner_write);
  write_file_atomically(path("out"), "new", true);
  EXPECT_EQ(fs::status(path("out")).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(FileTest, ReplacesALinkNotItsTarget) {
  put("target", "old");
  fs::create_symlink("target", path("link"));
  fs::create_symlink("nowhere", path("dangling"));
  EXPECT_THROW(write_file_atomically(path("dangling"), "new", false), Error);
  write_file_atomically(path("link"), "new", true);
  EXPECT_FALSE(fs::is_symlink(path("link")));
  EXPECT_EQ(read_file(path("target"), 100), "old");
}

TEST_F(FileTest, FullDiskLeavesTheOldFile) {
  put("out", "old");
  const std::string text(100'000, 'x');
  for (rlim_t room : {0, 1, 4096, 99'999}) {
    const Error error = error_of([&] {
      const FullDisk full(room);
      write_file_atomically(path("out"), text, true);
    });
    EXPECT_EQ(error.fault(), Fault::environment);
    EXPECT_EQ(error.place().file, path("out"));
    EXPECT_NE(error.message().find("File too large (100000 bytes needed"), std::string::npos)
        << error.message();
    EXPECT_EQ(read_file(path("out"), 100), "old");
    EXPECT_EQ(names(), Names{"out"});
  }
}

TEST_F(FileTest, FailedRenameLeavesNothing) {
  const Error error = error_of([&] { write_file_atomically(path("out") + "/", "x", false); });
  EXPECT_NE(error.message(), "");
  EXPECT_EQ(names(), Names{});
}

TEST_F(FileTest, FindsTroubleBeforehand) {
  check_writable(path("new"), false);
  EXPECT_EQ(names(), Names{});
  const Error missing = error_of([&] { check_writable(path("no/such/out"), false); });
  EXPECT_EQ(missing.message(), "the directory '" + path("no/such") + "' does not exist");
  EXPECT_EQ(missing.fault(), Fault::input);
  EXPECT_TRUE(missing.hint().starts_with("create it: mkdir -p"));
  const Error forbidden = error_of([] { check_writable("/proc/out", false); });
  EXPECT_EQ(error_of([&] { check_writable(path(std::string(300, 'n')), false); }).fault(),
            Fault::environment);
  EXPECT_EQ(forbidden.place().file, "/proc/out");
}

TEST_F(FileTest, TellsBeforehandThatTheDiskIsTooFull) {
  expect_room(path("model"), 1);
  expect_room(directory_, 1);
  const Error error = error_of([&] { expect_room(path("model"), int64_t{1} << 60); });
  EXPECT_EQ(error.fault(), Fault::environment);
  EXPECT_EQ(error.place().file, path("model"));
  EXPECT_NE(error.message().find("1152921504606846976 bytes needed, "), std::string::npos);
  expect_room("-", int64_t{1} << 60);
  expect_room("/dev/null", int64_t{1} << 60);
}

TEST_F(FileTest, WritesToDevices) {
  check_writable("/dev/null", false);
  check_writable("-", false);
  write_file_atomically("/dev/null", "x", false);
  const Error full = error_of([] { write_file_atomically("/dev/full", "x", false); });
  EXPECT_EQ(full.fault(), Fault::environment);
  EXPECT_NE(full.message().find("No space left on device"), std::string::npos);
  testing::internal::CaptureStdout();
  write_file_atomically("-", "to standard output\n", false);
  write_file_atomically("/dev/stdout", "and again\n", false);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "to standard output\nand again\n");
}

}  // namespace
}  // namespace cadena
