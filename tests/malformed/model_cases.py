# SPDX-License-Identifier: MIT
"""Model files that are none, or are damaged, or were made to harm."""
import json
import struct

from cases import Case
from samples import SOUND, TASKS, sound_files

HEADER = 8  # bytes with the length of the header


def safetensors(header, values=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + values


def tensor(shape, begin, end, kind="F32"):
    return {"dtype": kind, "shape": shape, "data_offsets": [begin, end]}


def no_models():
    one = {"a": tensor([1], 0, 4)}
    return {
        "nothing": b"", "seven bytes": bytes(7), "text": b"this is no model, only a text\n", "zeros": bytes(1000),
        "a header that is not there": struct.pack("<Q", 100), "a header of 2^64 bytes": struct.pack("<Q", 2 ** 64 - 1) + b"{}",
        "a header of 2^63 bytes": struct.pack("<Q", 2 ** 63) + b"{}", "a header of 17 MiB": safetensors(b"{" + b" " * (17 << 20)),
        "a header of 0 bytes": safetensors(b"", bytes(8)), "no brace": safetensors(b"[]"), "half a header": safetensors(b'{"a":'),
        "Latin-1": safetensors(b'{"\xf1":1}'), "a NUL byte": safetensors(b"{}\0"), "more behind the header": safetensors(b"{}{}"),
        "deep JSON": safetensors(b'{"a":' + b"[" * 100000), "many numbers": safetensors(b'{"a":[' + b"1," * 2000000 + b"1]}"),
        "a key twice": safetensors(b'{"a":1,"a":2}'),
        "a number for a tensor": safetensors({"a": 3}), "a tensor without a shape": safetensors({"a": {"dtype": "F32"}}),
        "half precision": safetensors({"a": tensor([2], 0, 4, "F16")}, bytes(4)),
        "a dimension of 0": safetensors({"a": tensor([0], 0, 0)}),
        "a negative dimension": safetensors({"a": tensor([-1], 0, 4)}, bytes(4)),
        "nine dimensions": safetensors({"a": tensor([1] * 9, 0, 4)}, bytes(4)),
        "dimensions whose product is 0 in 64 bits": safetensors({"a": tensor([2 ** 32, 2 ** 32], 0, 0)}),
        "a dimension of 2^63": safetensors({"a": tensor([2 ** 63], 0, 4)}, bytes(4)),
        "offsets beyond the end": safetensors({"a": tensor([2], 0, 8)}, bytes(4)),
        "negative offsets": safetensors({"a": tensor([1], -4, 0)}, bytes(4)),
        "offsets that fall": safetensors({"a": tensor([1], 4, 0)}, bytes(4)),
        "a gap": safetensors({"a": tensor([1], 4, 8)}, bytes(8)),
        "an overlap": safetensors(one | {"b": tensor([1], 0, 4)}, bytes(4)),
        "bytes behind the values": safetensors(one, bytes(5)), "values cut short": safetensors(one, bytes(3)),
        "a list of metadata": safetensors({"__metadata__": []}), "numbers in the metadata": safetensors({"__metadata__": {"a": 1}}),
        "a model of somebody else": safetensors(one, bytes(4)),
        "a format that is no number": safetensors({"__metadata__": {"cadena.format": "one"}}),
        "a newer format": safetensors({"__metadata__": {"cadena.format": "2"}}),
        "no checksum": safetensors({"__metadata__": {"cadena.format": "1"}}),
        "a wrong checksum": safetensors({"__metadata__": {"cadena.format": "1", "cadena.checksum": "0" * 32}}),
        "a pickle": b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n" + bytes(100), "a ZIP archive": b"PK\3\4" + bytes(100),
    }


def model_cases(models):
    for what, content in no_models().items():
        yield Case(f"inspect: {what}", ["inspect", "bad"], "bad", {"bad": content})
    for task in TASKS:
        good = (models / task).read_bytes()
        length, = struct.unpack("<Q", good[:HEADER])
        flipped, header = bytearray(good), bytearray(good)
        flipped[-1] ^= 1
        header[HEADER + length // 2] ^= 1
        other = (models / TASKS[TASKS.index(task) - 1]).read_bytes()
        for what, content in {"a bit of a weight": bytes(flipped), "a bit of the header": bytes(header), "cut": good[:-4],
                              "half": good[:len(good) // 2], "a byte more": good + b"\0", "twice": good + good,
                              "in lines of DOS": good.replace(b"\n", b"\r\n") + b"\r",
                              "with the weights of another": good[:HEADER + length] + other[-(len(good) - HEADER - length):]
                              }.items():
            yield Case(f"predict {task}: a model with fault: {what}", ["predict", "bad"], "bad", {"bad": content}, stdin=b"x\n")
        yield Case(f"eval {task}: a cut model", ["eval", "bad", SOUND[task][0]], "bad", sound_files(task) | {"bad": good[:-1]})
