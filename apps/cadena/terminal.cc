// SPDX-License-Identifier: MIT
#include "terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace cadena {
namespace {

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

bool is_on(const char* name) { return environment(name) != "" && environment(name) != "0"; }

}  // namespace

bool is_terminal(int descriptor) { return ::isatty(descriptor) == 1; }

int terminal_width(int descriptor) {
  winsize size = {};
  return ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

bool wants_colour(const std::string& choice, int descriptor) {
  if (choice != "auto") return choice == "always";
  if (environment("NO_COLOR") != "") return false;  // whatever it says: https://no-color.org
  if (is_on("FORCE_COLOR") || is_on("CLICOLOR_FORCE")) return true;
  return is_terminal(descriptor) && environment("TERM") != "dumb";
}

}  // namespace cadena
