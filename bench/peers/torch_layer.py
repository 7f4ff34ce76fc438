#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""PyTorch's recurrent layers (Debian package python3-torch) as a driver beside peer_cadena: the same options, numbers
and JSON line (bench/workload.h). Ragged batches are packed sequences. Ends with 2: a mistake, 3: it cannot do that."""
import argparse
import array
import json
import pathlib
import sys
import time

import torch

GATES = {"lstm": 4, "gru": 3, "rnn": 1}
MODULES = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}


def mixed(seed, indices):
    """Only the lower 32 bits of each product count, so that it does not matter that int64 overflows."""
    bits = (indices * 0x9E3779B1 + seed * 0x9E3779B9) & 0xFFFFFFFF
    bits = (bits ^ (bits >> 16)) * 0x85EBCA6B & 0xFFFFFFFF
    bits = (bits ^ (bits >> 13)) * 0xC2B2AE35 & 0xFFFFFFFF
    return bits ^ (bits >> 16)


def numbers(shape, seed, scale=1.0):
    bits = mixed(seed, torch.arange(torch.Size(shape).numel()))
    return (scale * ((bits >> 8).float() * 2**-23 - 1)).reshape(shape)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in {"-T": 64, "-B": 32, "-I": None, "-H": 256, "-L": 1, "-D": 1, "--threads": 1}.items():
        parser.add_argument(name, type=int, default=default)
    for name, default in {"--cell": "lstm", "--mode": "infer", "--variant": "", "--dump": ""}.items():
        parser.add_argument(name, default=default)
    parser.add_argument("--min-time", type=float, default=0.5)
    parser.add_argument("--min-reps", type=int, default=10)
    a = parser.parse_args()
    if a.cell not in GATES or a.mode not in ("infer", "train") or a.variant not in ("", "ragged"):
        sys.exit(3)
    a.I = a.I or a.H
    return a


def network(a):
    net = MODULES[a.cell](a.I, a.H, a.L, bidirectional=a.D == 2)
    scale, units = 1 / torch.tensor(float(a.H)).sqrt(), GATES[a.cell] * a.H
    for layer in range(a.L):
        for direction in range(a.D):
            seed, place = 1000 + 100 * layer + 10 * direction, f"_l{layer}" + "_reverse" * direction
            bias = torch.zeros(units)
            if a.cell == "gru":
                bias[2 * a.H:] = numbers([a.H], seed + 3, scale)
            for name, values in {
                    "weight_ih": numbers([units, a.I if layer == 0 else a.D * a.H], seed, scale),
                    "weight_hh": numbers([units, a.H], seed + 1, scale),
                    "bias_ih": numbers([units], seed + 2, scale),
                    "bias_hh": bias}.items():
                getattr(net, name + place).data.copy_(values)
    return net


def widths(a):
    """Sequences that have each step."""
    if a.variant != "ragged":
        return torch.full([a.T], a.B)
    lengths = 5 + mixed(3, torch.arange(a.B)) % 60
    return torch.tensor([int((lengths > step).sum()) for step in range(int(lengths.max()))])


def make_step(a, net):
    """A step that returns the rows of the output, and the rows of the input."""
    alive = widths(a)
    rows = int(alive.sum())
    x, dy = numbers([rows, a.I], 1), numbers([rows, a.D * a.H], 2)
    x.requires_grad_(a.mode == "train")

    def forward():
        if a.variant == "ragged":
            return net(torch.nn.utils.rnn.PackedSequence(x, alive))[0].data
        return net(x.view(a.T, a.B, a.I))[0].view(rows, -1)

    def train():
        x.grad = None
        net.zero_grad(set_to_none=True)
        y = forward()
        y.backward(dy)
        return y

    return (train if a.mode == "train" else forward), x


def dump(a, net, x, y):
    folder = pathlib.Path(a.dump)
    folder.mkdir(parents=True, exist_ok=True)
    found = {"y": y, "dx": x.grad}
    for name, parameter in net.named_parameters():
        kind, layer = name.removesuffix("_reverse").rsplit("_l", 1)
        short = {"weight_ih": "dwx", "weight_hh": "dwh", "bias_ih": "db", "bias_hh": "dbh"}[kind]
        found[f"{short}_{layer}_{int(name.endswith('_reverse'))}"] = parameter.grad
    for name, values in found.items():
        if values is not None:
            (folder / f"{name}.f32").write_bytes(array.array("f", values.flatten().tolist()).tobytes())


def measure(a, step):
    def timed():
        start = time.perf_counter()
        step()
        return time.perf_counter() - start

    warm = calls = 0
    while calls < 3 or (warm < 0.2 and calls < 20000):
        warm, calls = warm + timed(), calls + 1
    times = [timed()]
    while (len(times) < a.min_reps or sum(times) < a.min_time) and (len(times) < 3 or sum(times) <= 20 * a.min_time):
        times.append(timed())
    return sorted(times)


def report(a, rows, times):
    products = sum(GATES[a.cell] * a.H * a.D * ((a.I if layer == 0 else a.D * a.H) + a.H) for layer in range(a.L))
    operations, median = (6 if a.mode == "train" else 2) * rows * products, times[len(times) // 2]
    case = {name: getattr(a, name) for name in ("variant", "cell", "mode", *"TBIHLD", "threads")}
    print(json.dumps({"peer": "torch", "version": torch.__version__, **case, "n": len(times),
                      "ms": round(1e3 * median, 4), "ms_min": round(1e3 * times[0], 4),
                      "ms_p99": round(1e3 * times[len(times) * 99 // 100], 4),
                      "gflops": round(1e-9 * operations / median, 2)}))


def main():
    a = arguments()
    torch.set_num_threads(a.threads)
    net = network(a)
    step, x = make_step(a, net)
    with torch.inference_mode(a.mode == "infer"):
        if a.dump:
            dump(a, net, x, step())
        else:
            report(a, len(x), measure(a, step))


if __name__ == "__main__":
    main()
