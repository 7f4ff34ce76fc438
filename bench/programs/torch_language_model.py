#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The small language model of Zaremba, Sutskever and Vinyals (2014) in PyTorch: words, two LSTM layers of 200 units,
20 parts of the text side by side, plain gradient descent. Prints words per second.

    torch_language_model.py PTB.txt [--batches N] [--steps 35] [--threads 2]
"""
import argparse
import collections
import gzip
import math
import time

import torch
from torch import nn

LANES, SIZE, LAYERS, CLIP = 20, 200, 2, 5.0


class LanguageModel(nn.Module):
    def __init__(self, units):
        super().__init__()
        self.units = nn.Embedding(units, SIZE)
        self.recurrent = nn.LSTM(SIZE, SIZE, LAYERS)
        self.output = nn.Linear(SIZE, units)
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -0.1, 0.1)

    def forward(self, ids, state):
        y, state = self.recurrent(self.units(ids), state)
        return self.output(y), state


def read(path):
    """Ids of all words and ends of lines [T, LANES], and how many differ."""
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8") as file:
        words = [word for line in file for word in [*line.split(), "\n"]]
    ids = {word: i for i, (word, _) in enumerate(collections.Counter(words).most_common())}
    length = len(words) // LANES
    text = torch.tensor([ids[word] for word in words[:length * LANES]])
    return text.view(LANES, length).t().contiguous(), len(ids)


def train(net, text, steps, batches):
    """Summed loss, and predicted words."""
    optimiser = torch.optim.SGD(net.parameters(), 1.0)
    state, total, count = None, 0.0, 0
    for begin in list(range(0, len(text) - 1, steps))[:batches]:
        targets = text[begin + 1:begin + 1 + steps]
        optimiser.zero_grad()
        logits, state = net(text[begin:begin + len(targets)], state)
        state = tuple(part.detach() for part in state)
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="sum")
        (loss / LANES).backward()
        nn.utils.clip_grad_norm_(net.parameters(), CLIP)
        optimiser.step()
        total, count = total + loss.item(), count + targets.numel()
    return total, count


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text")
    parser.add_argument("--batches", type=int, help="by default one epoch")
    parser.add_argument("--steps", type=int, default=35)
    parser.add_argument("--threads", type=int, default=2)
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(1)
    text, units = read(a.text)
    net = LanguageModel(units)
    print(f"{text.numel()} words, {units} different, {sum(p.numel() for p in net.parameters())} parameters", flush=True)
    start = time.perf_counter()
    loss, count = train(net, text, a.steps, a.batches)
    speed = count / (time.perf_counter() - start)
    print(f"training perplexity {math.exp(loss / count):.2f}  {speed:.0f} words/s", flush=True)


if __name__ == "__main__":
    main()
