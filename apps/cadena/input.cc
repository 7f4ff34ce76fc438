// SPDX-License-Identifier: MIT
#include "input.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "cadena/base/file.h"

namespace cadena {
namespace {

constexpr size_t capacity = 1 << 16;

int open_descriptor(const std::string& path) {
  if (path == "-") return STDIN_FILENO;
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const int code = errno;
  struct stat status = {};
  if (descriptor >= 0 && ::fstat(descriptor, &status) == 0 && !S_ISDIR(status.st_mode))
    return descriptor;
  if (descriptor >= 0) ::close(descriptor);
  throw_unreadable(path, descriptor >= 0 ? EISDIR : code);
}

bool readable(int descriptor) {
  pollfd one = {.fd = descriptor, .events = POLLIN, .revents = 0};
  return ::poll(&one, 1, 0) == 1;
}

}  // namespace

Input::Input(const std::string& path)
    : descriptor_(open_descriptor(path)),
      buffer_(std::make_unique_for_overwrite<char[]>(capacity)) {
  setg(buffer_.get(), buffer_.get(), buffer_.get());
}

Input::~Input() {
  if (descriptor_ != STDIN_FILENO) ::close(descriptor_);
}

bool Input::full() const { return egptr() - gptr() == static_cast<std::ptrdiff_t>(capacity); }

bool Input::line_ready() {
  while (std::find(gptr(), egptr(), '\n') == egptr()) {
    if (full()) return true;  // a line of this length is on its way
    if (!readable(descriptor_)) return false;
    if (fill() != Outcome::more) return true;  // underflow() will meet the same
  }
  return true;
}

Input::int_type Input::underflow() {
  if (gptr() == egptr()) {
    const Outcome outcome = fill();
    if (outcome == Outcome::end) return traits_type::eof();
    if (outcome == Outcome::failed)
      throw std::system_error(errno, std::generic_category());  // makes the stream bad
  }
  return traits_type::to_int_type(*gptr());
}

Input::Outcome Input::fill() {
  if (ended_) return Outcome::end;  // a terminal would wait for a second Ctrl-D
  char* const start = buffer_.get();
  const auto kept = static_cast<size_t>(egptr() - gptr());
  std::memmove(start, gptr(), kept);
  setg(start, start, start + kept);
  ssize_t count = ::read(descriptor_, egptr(), capacity - kept);
  while (count < 0 && errno == EINTR) count = ::read(descriptor_, egptr(), capacity - kept);
  if (count < 0) return Outcome::failed;
  ended_ = count == 0;
  setg(start, start, egptr() + count);
  return ended_ ? Outcome::end : Outcome::more;
}

}  // namespace cadena
