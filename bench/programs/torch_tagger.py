#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The tagger of 'cadena train tag' as users of PyTorch write it: word vectors and a bidirectional LSTM over characters,
a bidirectional LSTM over words, a conditional random field; cadena's default sizes and batches.

    torch_tagger.py TRAIN.conll DEV.conll [--epochs 1] [--threads 2]
"""
import argparse
import collections
import random
import time

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

PADDING, UNKNOWN, BEGIN, END = range(4)
UNKNOWN_WEIGHT = 4  # a word seen n times is hidden with probability 4 / (4 + n)


class Crf(nn.Module):
    def __init__(self, labels):
        super().__init__()
        self.start, self.end = nn.Parameter(torch.zeros(labels)), nn.Parameter(torch.zeros(labels))
        self.transitions = nn.Parameter(torch.zeros(labels, labels))

    def forward(self, scores, labels, mask):
        """Summed -log p of labels [T, B] by scores [T, B, K]."""
        sequences, lengths = torch.arange(scores.shape[1]), mask.sum(0)
        own = scores.gather(2, labels[..., None])[..., 0] * mask
        moves = self.transitions[labels[:-1], labels[1:]] * mask[1:]
        path = self.start[labels[0]] + own.sum(0) + moves.sum(0) + self.end[labels[lengths - 1, sequences]]
        alpha = self.start + scores[0]
        for score, alive in zip(scores[1:], mask[1:]):
            step = torch.logsumexp(alpha[:, :, None] + self.transitions, 1) + score
            alpha = torch.where(alive[:, None], step, alpha)
        return (torch.logsumexp(alpha + self.end, 1) - path).sum()

    def decode(self, scores):
        """The best labels of one sentence, scores [T, K]."""
        best, origins = self.start + scores[0], []
        for score in scores[1:]:
            best, origin = (best[:, None] + self.transitions).max(0)
            best = best + score
            origins.append(origin)
        path = [int((best + self.end).argmax())]
        for origin in reversed(origins):
            path.append(int(origin[path[-1]]))
        return path[::-1]


class Tagger(nn.Module):
    def __init__(self, words, characters, labels):
        super().__init__()
        self.words = nn.Embedding(words, 100, padding_idx=PADDING)
        self.characters = nn.Embedding(characters, 32, padding_idx=PADDING)
        self.spelling = nn.LSTM(32, 50, bidirectional=True)
        self.encoder = nn.LSTM(200, 200, bidirectional=True)
        self.emit = nn.Linear(400, labels)
        self.dropout = nn.Dropout(0.5)
        self.crf = Crf(labels)

    def forward(self, words, spellings, spelling_lengths, lengths):
        """Scores [T, B, K]; spellings of all tokens, sentence after sentence."""
        packed = pack_padded_sequence(self.characters(spellings), spelling_lengths, enforce_sorted=False)
        _, (last, _) = self.spelling(packed)
        tokens = torch.cat([last[0], last[1]], 1).split(lengths.tolist())
        x = self.dropout(torch.cat([self.words(words), pad_sequence(tokens)], 2))
        packed = pack_padded_sequence(x, lengths, enforce_sorted=False)
        y, _ = pad_packed_sequence(self.encoder(packed)[0])
        return self.emit(self.dropout(y))


def read(path):
    """Sentences as pairs of words and labels, which become BIOES as in cadena."""
    sentences, rows = [], []
    with open(path, encoding="utf-8") as file:
        for line in [*file, ""]:
            if fields := line.split():
                rows.append((fields[0], fields[-1]))
            elif rows:
                sentences.append((tuple(word for word, _ in rows), bioes([label for _, label in rows])))
                rows = []
    return sentences


def bioes(labels):
    def goes_on(before, after):
        return before[2:] == after[2:] and after.startswith("I-")

    made = []
    for before, label, after in zip(["O", *labels], labels, [*labels[1:], "O"]):
        first, last = not goes_on(before, label), not goes_on(label, after)
        prefix = "IBES"[first + 2 * last]  # inside, begin, end, single
        made.append(label if label == "O" else prefix + label[1:])
    return made


def entities(labels):
    found, start = set(), 0
    for i, label in enumerate(labels):
        if label[0] in "BS":
            start = i
        if label[0] in "ES":
            found.add((start, i, label[2:]))
    return found


class Data:
    def __init__(self, sentences):
        self.counts = collections.Counter(word.lower() for words, _ in sentences for word in words)
        characters = {character for words, _ in sentences for word in words for character in word}
        self.words = {word: i for i, word in enumerate(sorted(self.counts), UNKNOWN + 1)}
        self.characters = {character: i for i, character in enumerate(sorted(characters), END + 1)}
        self.labels = sorted({label for _, labels in sentences for label in labels})
        self.label_ids = {label: i for i, label in enumerate(self.labels)}

    def word(self, word, training):
        hide = UNKNOWN_WEIGHT / (UNKNOWN_WEIGHT + self.counts[word])
        return UNKNOWN if training and random.random() < hide else self.words.get(word, UNKNOWN)

    def batch(self, sentences, training=False):
        words = [torch.tensor([self.word(word.lower(), training) for word in words]) for words, _ in sentences]
        spellings = [torch.tensor([BEGIN, *(self.characters.get(c, UNKNOWN) for c in word), END])
                     for words, _ in sentences for word in words]
        return (pad_sequence(words), pad_sequence(spellings), torch.tensor([len(s) for s in spellings]),
                torch.tensor([len(w) for w in words]))

    def targets(self, sentences):
        return pad_sequence([torch.tensor([self.label_ids[label] for label in labels]) for _, labels in sentences])


def batches(sentences, rows=256):
    """Sentences of nearly one length, at most `rows` tokens together."""
    made, used = [], rows
    for sentence in sorted(sentences, key=lambda s: len(s[0]) + random.uniform(0, 3)):
        if used + len(sentence[0]) > rows:
            made.append([])
            used = 0
        made[-1].append(sentence)
        used += len(sentence[0])
    random.shuffle(made)
    return made


def train_epoch(net, data, sentences, optimiser):
    """Summed loss."""
    net.train()
    total = 0
    for members in batches(sentences):
        words, spellings, spelling_lengths, lengths = data.batch(members, training=True)
        optimiser.zero_grad()
        scores = net(words, spellings, spelling_lengths, lengths)
        mask = torch.arange(len(scores))[:, None] < lengths
        loss = net.crf(scores, data.targets(members), mask)
        (loss / len(members)).backward()
        nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimiser.step()
        total += loss.item()
    return total


@torch.inference_mode()
def f1(net, data, sentences):
    net.eval()
    right = known = found = 0
    for members in batches(sentences, rows=4096):
        batch = data.batch(members)
        scores = net(*batch)
        for b, (words, labels) in enumerate(members):
            path = net.crf.decode(scores[:len(words), b])
            ours, theirs = entities([data.labels[label] for label in path]), entities(labels)
            right, known, found = right + len(ours & theirs), known + len(theirs), found + len(ours)
    return 200 * right / max(1, known + found)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train")
    parser.add_argument("dev")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(1)
    random.seed(1)
    train, dev = read(a.train), read(a.dev)
    data, tokens = Data(train), sum(len(words) for words, _ in train)
    net = Tagger(UNKNOWN + 1 + len(data.words), END + 1 + len(data.characters), len(data.labels))
    optimiser = torch.optim.Adam(net.parameters(), 0.002)
    print(f"{tokens} tokens, {sum(p.numel() for p in net.parameters())} parameters", flush=True)
    for epoch in range(1, a.epochs + 1):
        start = time.perf_counter()
        loss = train_epoch(net, data, train, optimiser)
        speed = tokens / (time.perf_counter() - start)
        print(f"epoch {epoch}  loss {loss / tokens:.4f}  F1 {f1(net, data, dev):.2f}  {speed:.0f} tokens/s", flush=True)


if __name__ == "__main__":
    main()
