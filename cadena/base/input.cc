// SPDX-License-Identifier: MIT
#include "cadena/base/input.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <iostream>
#include <mutex>
#include <new>
#include <optional>
#include <set>
#include <streambuf>
#include <utility>
#include <vector>

#include "cadena/base/error.h"
#include "cadena/base/file.h"

namespace cadena {
namespace {

constexpr size_t capacity = 1 << 16;

std::mutex log_guard;
std::optional<std::set<std::string>> log_of_paths;  // while there is an InputLog

void note(const std::string& path) {
  const std::lock_guard lock(log_guard);
  if (log_of_paths) log_of_paths->insert(path);
}

std::string name_of(const std::string& path) { return path == "-" ? "stdin" : path; }

/// Unlike std::filebuf it says why a read failed.
class FileBuffer : public std::streambuf {
 public:
  explicit FileBuffer(const std::string& path)
      : path_(path),
        descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)),
        buffer_(1 + capacity) {
    if (descriptor_ < 0) throw_unreadable(path, errno);
  }
  ~FileBuffer() override { ::close(descriptor_); }
  FileBuffer(const FileBuffer&) = delete;
  FileBuffer& operator=(const FileBuffer&) = delete;

 protected:
  int_type underflow() override {
    char* const start = buffer_.data() + 1;
    if (gptr() != nullptr) buffer_[0] = gptr()[-1];  // one byte can always be put back
    ssize_t count = ::read(descriptor_, start, capacity);
    while (count < 0 && errno == EINTR) count = ::read(descriptor_, start, capacity);
    if (count < 0) throw_unreadable(path_, errno);
    if (count == 0) return traits_type::eof();
    setg(buffer_.data(), start, start + count);
    return traits_type::to_int_type(*start);
  }

 private:
  std::string path_;
  int descriptor_;
  std::vector<char> buffer_;
};

class GzipBuffer : public std::streambuf {
 public:
  GzipBuffer(std::unique_ptr<std::istream> source, std::string name)
      : source_(std::move(source)), name_(std::move(name)), packed_(capacity), plain_(capacity) {
    constexpr int only_gzip = 16;
    if (inflateInit2(&zlib_, MAX_WBITS + only_gzip) != Z_OK) throw std::bad_alloc();
  }
  ~GzipBuffer() override { inflateEnd(&zlib_); }
  GzipBuffer(const GzipBuffer&) = delete;
  GzipBuffer& operator=(const GzipBuffer&) = delete;

 protected:
  int_type underflow() override {
    zlib_.next_out = reinterpret_cast<Bytef*>(plain_.data());
    zlib_.avail_out = capacity;
    while (zlib_.avail_out == capacity) {
      if (zlib_.avail_in == 0 && !fill()) {
        if (between_members_) return traits_type::eof();
        throw Error(Place{name_}, "the gzip data is cut short", hint);
      }
      inflate_some();
    }
    setg(plain_.data(), plain_.data(), plain_.data() + (capacity - zlib_.avail_out));
    return traits_type::to_int_type(plain_.front());
  }

 private:
  static constexpr const char* hint = "copy or download the file again; 'gzip -t' tests it";

  /// False at the end.
  bool fill() {
    source_->read(packed_.data(), static_cast<std::streamsize>(capacity));
    if (source_->bad()) throw_unreadable(name_, EIO);
    zlib_.next_in = reinterpret_cast<Bytef*>(packed_.data());
    zlib_.avail_in = static_cast<uInt>(source_->gcount());
    return zlib_.avail_in > 0;
  }

  void inflate_some() {
    const int code = inflate(&zlib_, Z_NO_FLUSH);
    if (code == Z_MEM_ERROR) throw std::bad_alloc();
    if (code != Z_OK && code != Z_STREAM_END)
      throw Error(Place{name_},
                  fmt::format("the gzip data is damaged: {}", zlib_.msg ? zlib_.msg : zError(code)),
                  hint);
    between_members_ = code == Z_STREAM_END;
    if (between_members_) inflateReset(&zlib_);
  }

  std::unique_ptr<std::istream> source_;
  std::string name_;
  std::vector<char> packed_, plain_;
  z_stream zlib_ = {};
  bool between_members_ = false;
};

/// A stream with its buffer, out of which an Error comes through.
template <class Buffer>
class Stream : public std::istream {
 public:
  template <class... Arguments>
  explicit Stream(Arguments&&... arguments)
      : std::istream(nullptr), buffer_(std::forward<Arguments>(arguments)...) {
    rdbuf(&buffer_);
    exceptions(badbit);
  }

 private:
  Buffer buffer_;
};

bool begins_as_gzip(std::istream& in) {
  bool gzip = false;
  if (in.peek() == 0x1f) {
    in.get();
    gzip = in.peek() == 0x8b;
    in.unget();
  }
  if (!in.bad()) in.clear();  // a short file met its end
  return gzip;
}

}  // namespace

InputLog::InputLog() {
  const std::lock_guard lock(log_guard);
  log_of_paths.emplace();
}

InputLog::~InputLog() {
  const std::lock_guard lock(log_guard);
  log_of_paths.reset();
}

std::vector<std::string> InputLog::paths() const {
  const std::lock_guard lock(log_guard);
  return {log_of_paths->begin(), log_of_paths->end()};
}

std::unique_ptr<std::istream> open_input(const std::string& path) {
  note(path);
  std::unique_ptr<std::istream> in;
  if (path == "-")
    in = std::make_unique<std::istream>(std::cin.rdbuf());
  else
    in = std::make_unique<Stream<FileBuffer>>(path);
  if (!begins_as_gzip(*in)) return in;
  return std::make_unique<Stream<GzipBuffer>>(std::move(in), name_of(path));
}

std::string read_input(const std::string& path, int64_t max_bytes) {
  const std::unique_ptr<std::istream> in = open_input(path);
  std::string content;
  std::vector<char> piece(capacity);
  while (*in) {
    in->read(piece.data(), static_cast<std::streamsize>(capacity));
    content.append(piece.data(), static_cast<size_t>(in->gcount()));
    if (static_cast<int64_t>(content.size()) > max_bytes) throw_too_large(name_of(path), max_bytes);
  }
  if (in->bad()) throw_unreadable(name_of(path), EIO);
  return content;
}

}  // namespace cadena
