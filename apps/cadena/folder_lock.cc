// SPDX-License-Identifier: MIT
#include "folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "cadena/base/error.h"

namespace cadena {

FolderLock::FolderLock(const std::string& folder)
    : descriptor_(new int(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
                  [](const int* descriptor) {
                    if (*descriptor >= 0) ::close(*descriptor);
                    delete descriptor;
                  }) {
  // Where there are no locks, as on some file systems of networks, it goes without.
  if (*descriptor_ >= 0 && ::flock(*descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    throw Error(Place{folder}, "another training writes there",
                "wait for it, or stop it with Ctrl-C and go on with 'cadena resume'");
}

}  // namespace cadena
