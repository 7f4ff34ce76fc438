#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a cell of one's own costs in PyTorch: a forward and a backward pass of torch.nn.LSTM and of the same LSTM
written by hand, step by step from operations on tensors, in turn. Prints median milliseconds and their ratio.

    torch_cell.py [--rounds 20] [--threads 1]
"""
import argparse
import statistics
import time

import torch
from torch import nn
from torch.nn.functional import linear

SIZES = ((100, 32, 256), (100, 16, 128), (100, 32, 64), (100, 1, 64))  # steps, sequences, units


def by_hand(x, weight_ih, weight_hh, bias_ih, bias_hh):
    h = c = x.new_zeros(x.shape[1], weight_hh.shape[1])
    outputs = []
    for row in x:
        i, f, g, o = (linear(row, weight_ih, bias_ih) + linear(h, weight_hh, bias_hh)).chunk(4, 1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        outputs.append(h)
    return torch.stack(outputs)


def train(forward, leaves, dy):
    """Seconds of a pass forwards and back; the output and all gradients."""
    for leaf in leaves:
        leaf.grad = None
    start = time.perf_counter()
    y = forward()
    y.backward(dy)
    return time.perf_counter() - start, [y, *(leaf.grad for leaf in leaves)]


def compare(size, rounds):
    """Median milliseconds of torch.nn.LSTM and by hand."""
    units = size[-1]
    net = nn.LSTM(units, units)
    x, dy = torch.randn(size, requires_grad=True), torch.randn(size)
    leaves = [x, *net.parameters()]
    ways = [lambda: net(x)[0], lambda: by_hand(x, *net.parameters())]
    for ours, theirs in zip(*(train(way, leaves, dy)[1] for way in ways)):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-4 * float(theirs.detach().abs().max()))
    times = [[train(way, leaves, dy)[0] for way in ways] for _ in range(rounds)]
    return [1e3 * statistics.median(seconds) for seconds in zip(*times)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--threads", type=int, default=1)
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(1)
    print(f"PyTorch {torch.__version__}, threads: {a.threads}\n\n"
          "| steps, sequences, units | torch.nn.LSTM ms | by hand ms | ratio |\n| --- | --- | --- | --- |")
    for size in SIZES:
        module, hand = compare(size, a.rounds)
        print(f"| {', '.join(map(str, size))} | {module:.1f} | {hand:.1f} | {hand / module:.2f} |", flush=True)


if __name__ == "__main__":
    main()
