// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <exception>
#include <iostream>
#include <new>
#include <system_error>
#include <utility>

#include "cadena/base/error.h"
#include "command.h"
#include "usage.h"

namespace cadena {
namespace {

int exit_code(Fault fault) {
  switch (fault) {
    case Fault::input:
      return 2;
    case Fault::environment:
      return 3;
    case Fault::limit:
      return 4;
    case Fault::diverged:
      return 5;
  }
  return 70;
}

int report(const Error& error) {
  std::string lines = fmt::format("cadena: {}error: {}\n", escaped(prefix(error.place())),
                                  escaped(error.message()));
  if (!error.hint().empty()) lines += fmt::format("  hint: {}\n", escaped(error.hint()));
  std::cerr << lines;
  return exit_code(error.fault());
}

int run(int argc, const char* const* argv) {
  CLI::App program;
  const std::vector<Command> commands = add_commands(program);
  if (const std::optional<std::string> text = parse(program, argc, argv)) {
    std::cout << *text;
    return 0;
  }
  const auto chosen =
      std::ranges::find_if(commands, [](const Command& command) { return command.verb->parsed(); });
  return chosen->run();
}

/// The one place where errors end.
int guarded_run(int argc, const char* const* argv) {
  try {
    return run(argc, argv);
  } catch (const Error& error) {
    return report(error);
  } catch (const std::bad_alloc&) {
    return report(
        Error("out of memory", "smaller batches or a smaller model need less", Fault::limit));
  } catch (const std::exception& error) {
    std::cerr << fmt::format(
        "cadena: error: a mistake of cadena itself: {}\n"
        "  hint: please report it, with the command and what 'cadena version' prints\n",
        escaped(error.what()));
    return 70;
  }
}

/// Whether stdout is a pipe that nobody reads any more, as after "| head".
bool reader_has_gone() {
  pollfd output = {.fd = STDOUT_FILENO, .events = 0, .revents = 0};
  return ::poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0;
}

/// A file that is opened later must not become the standard output because that was closed.
/// What is closed stays so: reading and writing fail.
void keep_standard_streams_apart() {
  for (const auto& [descriptor, mode] :
       {std::pair(STDIN_FILENO, O_WRONLY), {STDOUT_FILENO, O_RDONLY}, {STDERR_FILENO, O_RDONLY}})
    if (::fcntl(descriptor, F_GETFD) < 0) ::open("/dev/null", mode);  // gets the lowest number
}

}  // namespace
}  // namespace cadena

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  cadena::keep_standard_streams_apart();
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe shows in the state of the stream
  std::signal(SIGXFSZ, SIG_IGN);  // and a file beyond 'ulimit -f' in what a write returns
  const int code = cadena::guarded_run(argc, argv);
  if (std::cout.flush() || cadena::reader_has_gone()) return code;
  return cadena::report(cadena::Error(cadena::Place{"stdout"}, "cannot be written",
                                      "is the disk full?", cadena::Fault::environment));
}
