// SPDX-License-Identifier: MIT
#include "cadena/base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <random>
#include <system_error>
#include <utility>
#include <vector>

#include "cadena/base/error.h"
#include "cadena/base/suggest.h"
#include "cadena/base/system_calls.h"

namespace cadena {
namespace {

/// Repeats a system call that a signal interrupted.
template <class Call>
auto retry(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

std::string reason(int code) { return std::system_category().message(code); }

std::string directory_of(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) system_calls().close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  explicit operator bool() const { return number_ >= 0; }
  int operator*() const { return number_; }
  /// The result of close(2), which is where some file systems report a failed write.
  int close() { return system_calls().close(std::exchange(number_, -1)); }

 private:
  int number_;
};

// ---- reading

std::string hint_for_missing(const std::string& path) {
  std::vector<std::string> names;
  std::error_code failure;
  for (std::filesystem::directory_iterator entry(directory_of(path), failure), end;
       !failure && entry != end && names.size() < 1000; entry.increment(failure))
    names.push_back(entry->path().filename().string());
  std::sort(names.begin(), names.end());
  const std::filesystem::path wanted(path);
  const std::optional<std::string> close = nearest(wanted.filename().string(), names);
  if (close) return fmt::format("did you mean '{}'?", wanted.parent_path().append(*close).string());
  const std::string here = std::filesystem::current_path(failure).string();
  return fmt::format("relative paths start at '{}'", here);
}

/// Reads to the end; `expected` bytes need no second allocation.
std::string read_all(int descriptor, const std::string& name, size_t expected, int64_t max_bytes) {
  std::string content(expected + 1, '\0');  // one more: the last read must find the end
  size_t used = 0;
  for (;;) {
    if (used == content.size()) content.resize(used + std::max<size_t>(used, 1 << 16));
    const ssize_t count =
        retry([&] { return ::read(descriptor, content.data() + used, content.size() - used); });
    if (count < 0) throw_unreadable(name, errno);
    if (count == 0) break;
    used += static_cast<size_t>(count);
    if (static_cast<int64_t>(used) > max_bytes) throw_too_large(name, max_bytes);
  }
  content.resize(used);
  return content;
}

// ---- writing

enum class Target { file, stream };

/// What an output path means. Throws if it is a directory or a file that must stay.
Target target_of(const std::string& path, bool overwrite) {
  if (path == "-" || path == "/dev/stdout" || path == "/dev/stderr") return Target::stream;
  struct stat link = {}, status = {};
  if (::lstat(path.c_str(), &link) != 0) return Target::file;  // creating it will tell why
  if (::stat(path.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode))
      throw Error(Place{path}, "is a directory", "give the name of a file");
    if (!S_ISREG(status.st_mode)) return Target::stream;
  }
  if (!overwrite)
    throw Error(Place{path}, "already exists", "give --overwrite to replace it, or another name");
  return Target::file;
}

std::optional<uint64_t> free_bytes(const std::string& directory) {
  struct statvfs disk = {};
  if (::statvfs(directory.c_str(), &disk) != 0) return {};
  return static_cast<uint64_t>(disk.f_bavail) * disk.f_frsize;
}

/// `needed`: the bytes that were to be written.
[[noreturn]] void throw_unwritable(const std::string& path, int code, size_t needed) {
  const std::string directory = directory_of(path);
  if (code == ENOENT || code == ENOTDIR)
    throw Error(Place{path}, fmt::format("the directory '{}' does not exist", directory),
                fmt::format("create it: mkdir -p '{}'", directory));
  if (code == EEXIST)
    throw Error(Place{path}, "already exists", "give --overwrite to replace it, or another name");
  std::string message = fmt::format("cannot be written: {}", reason(code));
  if (const auto free = free_bytes(directory); needed > 0 && free)
    message += fmt::format(" ({} bytes needed, {} free)", needed, *free);
  throw Error(Place{path}, message, {}, Fault::environment);
}

size_t total_size(std::span<const std::string_view> parts) {
  size_t total = 0;
  for (std::string_view part : parts) total += part.size();
  return total;
}

void write_all(int descriptor, const std::string& path, std::span<const std::string_view> parts) {
  for (std::string_view part : parts) {
    while (!part.empty()) {
      const int64_t count =
          retry([&] { return system_calls().write(descriptor, part.data(), part.size()); });
      if (count < 0) throw_unwritable(path, errno, total_size(parts));
      part.remove_prefix(static_cast<size_t>(count));
    }
  }
}

void write_stream(const std::string& path, std::span<const std::string_view> parts) {
  const auto open = [&] {
    if (path == "-" || path == "/dev/stdout") return ::dup(STDOUT_FILENO);
    if (path == "/dev/stderr") return ::dup(STDERR_FILENO);
    return ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  };
  Descriptor stream(retry(open));
  if (!stream) throw_unwritable(path, errno, total_size(parts));
  write_all(*stream, path, parts);
  if (stream.close() != 0) throw_unwritable(path, errno, total_size(parts));
}

/// A new file beside `path`, removed again unless it takes its place.
class Temporary {
 public:
  explicit Temporary(const std::string& path)
      : path_(path), name_(name_beside(path)), file_(retry([this] {
          return system_calls().open(name_.c_str(),
                                     O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        })) {
    if (!file_) throw_unwritable(path_, errno, 0);
  }
  ~Temporary() {
    if (!placed_) system_calls().unlink(name_.c_str());
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

  void write(std::span<const std::string_view> parts) {
    struct stat old = {};
    if (::lstat(path_.c_str(), &old) == 0 && S_ISREG(old.st_mode))
      ::fchmod(*file_, old.st_mode & 0777);  // who may read it stays so
    const size_t size = total_size(parts);
    // A full disk shows here, before anything is written. 0 bytes and some file systems do not
    // take part.
    const int code =
        size > 0 ? system_calls().posix_fallocate(*file_, 0, static_cast<off_t>(size)) : 0;
    if (code != 0 && code != EINVAL && code != EOPNOTSUPP) throw_unwritable(path_, code, size);
    write_all(*file_, path_, parts);
    // A failed fsync is final: the kernel may have dropped the pages it could not write.
    if (system_calls().fsync(*file_) != 0 || file_.close() != 0)
      throw_unwritable(path_, errno, size);
  }

  void take_place(bool overwrite) {
    const auto rename = [&](unsigned flags) {
      return system_calls().renameat2(AT_FDCWD, name_.c_str(), AT_FDCWD, path_.c_str(), flags);
    };
    int result = rename(overwrite ? 0 : RENAME_NOREPLACE);
    // Without support for the flag the earlier check of target_of() has to do.
    if (result != 0 && errno == EINVAL && !overwrite) result = rename(0);
    if (result != 0) throw_unwritable(path_, errno, 0);
    placed_ = true;
    const Descriptor directory(
        system_calls().open(directory_of(path_).c_str(), O_RDONLY | O_DIRECTORY, 0));
    if (!directory || (system_calls().fsync(*directory) != 0 && errno != EINVAL))
      throw_unwritable(path_, errno, 0);
  }

 private:
  static std::string name_beside(const std::string& path) {
    const std::filesystem::path full(path);
    const std::string name = fmt::format(".{}.tmp-{}-{:08x}", full.filename().string(), ::getpid(),
                                         std::random_device()());
    return (full.parent_path() / name).string();
  }

  std::string path_, name_;
  Descriptor file_;
  bool placed_ = false;
};

}  // namespace

void throw_unreadable(const std::string& path, int code) {
  if (code == ENOENT || code == ENOTDIR)
    throw Error(Place{path}, "no such file", hint_for_missing(path));
  if (code == EISDIR) throw Error(Place{path}, "is a directory", "give the name of a file");
  const char* hint = "";
  if (code == EACCES || code == EPERM) hint = "check the permissions of the file and its folders";
  if (code == EIO) hint = "is the disk or the connection all right?";
  throw Error(Place{path}, "cannot be read: " + reason(code), hint, Fault::environment);
}

void throw_too_large(const std::string& path, int64_t max_bytes) {
  throw Error(Place{path}, fmt::format("is larger than the limit of {} bytes", max_bytes),
              "is this the right file?");
}

std::string read_file(const std::string& path, int64_t max_bytes) {
  const std::string name = path == "-" ? "stdin" : path;
  const Descriptor file(retry([&] {
    return path == "-" ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  }));
  if (!file) throw_unreadable(name, errno);
  struct stat status = {};
  if (::fstat(*file, &status) != 0) throw_unreadable(name, errno);
  if (!S_ISREG(status.st_mode)) return read_all(*file, name, 0, max_bytes);
  if (status.st_size > max_bytes) throw_too_large(name, max_bytes);
  return read_all(*file, name, static_cast<size_t>(status.st_size), max_bytes);
}

void check_writable(const std::string& path, bool overwrite) {
  if (target_of(path, overwrite) == Target::file) {
    const Temporary probe(path);
  } else if (path != "-" && ::access(path.c_str(), W_OK) != 0) {
    throw_unwritable(path, errno, 0);
  }
}

void expect_room(const std::string& path, int64_t bytes) {
  const bool folder = std::filesystem::is_directory(path);
  if (!folder && target_of(path, true) == Target::stream) return;
  const std::optional<uint64_t> free = free_bytes(folder ? path : directory_of(path));
  if (!free || *free >= static_cast<uint64_t>(bytes)) return;
  throw Error(Place{path},
              fmt::format("the disk is too full: {} bytes needed, {} free", bytes, *free),
              "make room, or write to another disk", Fault::environment);
}

void write_file_atomically(const std::string& path, std::span<const std::string_view> parts,
                           bool overwrite) {
  if (target_of(path, overwrite) == Target::stream) return write_stream(path, parts);
  Temporary file(path);
  file.write(parts);
  file.take_place(overwrite);
}

void write_file_atomically(const std::string& path, std::string_view text, bool overwrite) {
  write_file_atomically(path, std::span<const std::string_view>(&text, 1), overwrite);
}

void remove_file(const std::string& path) {
  if (system_calls().unlink(path.c_str()) == 0 || errno == ENOENT) return;
  throw Error(Place{path}, "cannot be removed: " + reason(errno), {}, Fault::environment);
}

}  // namespace cadena
