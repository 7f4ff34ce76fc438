// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>

namespace cadena {

/// Threads that parallel_for uses, the calling one included. At the start: CADENA_THREADS, else
/// OMP_NUM_THREADS, else the processors that this process may run on.
int threads();
void set_threads(int count);

/// Runs task(0) ... task(count - 1), each once, in any order on any thread, and returns when all
/// are done. What is computed must not depend on which thread runs a task or when: split work into
/// blocks whose size depends on the data alone, and let each task write its own part. This is how
/// results keep the same bits for any number of threads. A call from inside a task runs on the
/// calling thread. The exception of the lowest failing task is thrown again here.
void parallel_for(int64_t count, const std::function<void(int64_t)>& task);

/// parallel_for over [0, size) in blocks of `block`: task(begin, end).
void parallel_blocks(int64_t size, int64_t block,
                     const std::function<void(int64_t, int64_t)>& task);

}  // namespace cadena
