#!/usr/bin/python3
"""Writes tests/golden/*.safetensors: what PyTorch computes, in float64, for small recurrent networks.

    apt-get install -y --no-install-recommends python3-torch && /usr/bin/python3 tools/golden.py

needed only to write the files again. What goes in (parameters, input, initial states, gradients from above) is exact in
float32. What comes out is a pair: NAME is the value rounded to float32, lo.NAME what the rounding took away, so
NAME + lo.NAME has about 48 bits.

CELL_lLAYERS_dDIRECTIONS: a packed batch of sequences of 6, 4 and 1 steps, in the row order of cadena/tensor/layout.h,
which is that of PyTorch's PackedSequence. The loss is sum(output * upstream.output) + sum(last.* * upstream.last.*).
    weight_ih_l0, ...                       the parameters, PyTorch's names and shapes
    x [N, D], initial.h_l0 [B, dirs H]      and for an LSTM initial.c_l0; the forward direction fills the left half;
                                            the memory of a projected LSTM has 2 H columns
    upstream.output, upstream.last.h_l0     what the results are weighted with in the loss
    output [N, dirs H], last.h_l0, last.c_l0, grad.X for every X of the first two lines

lecture: one sequence through the network of the slides, a_t = b + W h_{t-1} + U x_t, h_t = tanh(a_t), o_t = c + V h_t,
yhat_t = softmax(o_t), E_t = -log yhat_t[target_t], E = sum of E_t; steps are counted from 0.
    U [H, D], W [H, H], b [H], V [K, H], c [K], x [T, D], h0 [1, H], target [T]
    h [T, H], o [T, K], yhat [T, K], E_t [T], E [1], grad.X of E and grad3.X of E_3
"""
import array
import json
import pathlib
import struct

import torch

FOLDER = pathlib.Path(__file__).parent.parent / "tests" / "golden"
LENGTHS, INPUT, HIDDEN, CLASSES = [6, 4, 1], 3, 5, 4
CELLS = {
    "elman": lambda **options: torch.nn.RNN(nonlinearity="tanh", **options),
    "elman_relu": lambda **options: torch.nn.RNN(nonlinearity="relu", **options),
    "lstm": torch.nn.LSTM,
    "gru": torch.nn.GRU,
    "lstm_projected": lambda **options: torch.nn.LSTM(**{**options, "hidden_size": 2 * HIDDEN}, proj_size=HIDDEN),
}


def write(name, metadata, given, results):
    tensors = {key: value.detach() for key, value in given.items()}
    for key, value in results.items():
        tensors[key] = value.detach()
        tensors["lo." + key] = tensors[key] - tensors[key].float().double()
    metadata = {key: str(value) for key, value in {"torch": torch.__version__, **metadata}.items()}
    header, values = {"__metadata__": metadata}, b""
    for key, value in tensors.items():
        stored = array.array("f", value.flatten().tolist()).tobytes()
        offsets = [len(values), len(values) + len(stored)]
        header[key] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": offsets}
        values += stored
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    (FOLDER / (name + ".safetensors")).write_bytes(struct.pack("<Q", len(text)) + text + values)


def uniform(bound, *shape):
    """Numbers exact in float32."""
    return ((torch.rand(*shape) * 2 - 1) * bound).double()


def set_parameters(module):
    for parameter in module.parameters():
        parameter.data = uniform(0.5, *parameter.shape)


def by_layer(prefix, letters, states, directions):
    """PyTorch's [layers * directions, B, H] as one [B, directions * H] per layer and state."""
    return {f"{prefix}.{letter}_l{i // directions}": torch.cat(list(state[i:i + directions]), dim=1)
            for letter, state in zip(letters, states) for i in range(0, len(state), directions)}


def add_gradients(results, given, loss, prefix="grad."):
    wanted = {key: value for key, value in given.items() if value.requires_grad}
    found = torch.autograd.grad(loss, list(wanted.values()), retain_graph=True)
    results.update({prefix + key: value for key, value in zip(wanted, found)})


def write_recurrent(cell, layers, directions):
    torch.manual_seed(len(cell) + 10 * layers + 100 * directions)
    network = CELLS[cell](input_size=INPUT, hidden_size=HIDDEN, num_layers=layers, bidirectional=directions == 2)
    network.double()
    set_parameters(network)
    sizes = {"h": HIDDEN}
    if cell.startswith("lstm"):
        sizes["c"] = 2 * HIDDEN if cell == "lstm_projected" else HIDDEN
    states = [uniform(1, layers * directions, len(LENGTHS), size) for size in sizes.values()]
    given = {**dict(network.named_parameters()), "x": uniform(1.5, sum(LENGTHS), INPUT).requires_grad_()}
    initial = by_layer("initial", sizes, states, directions)
    given.update({key: value.requires_grad_() for key, value in initial.items()})

    # Back to PyTorch's layout, so that the gradients of `initial` are found.
    states = [torch.cat([initial[f"initial.{letter}_l{i}"].unflatten(1, (directions, size)).transpose(0, 1)
                         for i in range(layers)]) for letter, size in sizes.items()]
    widths = torch.tensor([sum(length > t for length in LENGTHS) for t in range(LENGTHS[0])])
    packed = torch.nn.utils.rnn.PackedSequence(given["x"], widths)
    output, last = network(packed, tuple(states) if "c" in sizes else states[0])

    results = {"output": output.data, **by_layer("last", sizes, last if "c" in sizes else [last], directions)}
    upstream = {key: uniform(1, *value.shape) for key, value in results.items()}
    add_gradients(results, given, sum((results[key] * upstream[key]).sum() for key in upstream))
    given.update({"upstream." + key: value for key, value in upstream.items()})
    metadata = {"cell": cell, "layers": layers, "directions": directions, "lengths": " ".join(map(str, LENGTHS))}
    write(f"{cell}_l{layers}_d{directions}", metadata, given, results)


def write_lecture():
    torch.manual_seed(1)
    network, readout = torch.nn.RNN(INPUT, HIDDEN).double(), torch.nn.Linear(HIDDEN, CLASSES).double()
    set_parameters(network)
    set_parameters(readout)
    network.bias_hh_l0.data.zero_()  # the slides have one b
    given = {"U": network.weight_ih_l0, "W": network.weight_hh_l0, "b": network.bias_ih_l0, "V": readout.weight,
             "c": readout.bias, "x": uniform(1.5, LENGTHS[0], INPUT).requires_grad_(),
             "h0": uniform(1, 1, HIDDEN).requires_grad_()}
    target = torch.tensor([2, 0, 3, 1, 1, 2])
    h, _ = network(given["x"], given["h0"])
    o = readout(h)
    losses = torch.nn.functional.cross_entropy(o, target, reduction="none")
    results = {"h": h, "o": o, "yhat": o.softmax(1), "E_t": losses, "E": losses.sum().reshape(1)}
    add_gradients(results, given, losses.sum())
    add_gradients(results, given, losses[3], "grad3.")
    write("lecture", {}, {**given, "target": target.double()}, results)


for cell_name in CELLS:
    for layer_count in (1, 2):
        for direction_count in (1, 2):
            write_recurrent(cell_name, layer_count, direction_count)
write_lecture()
