"""Damage with an idea of what it damages: each mutant is a run folder that somebody could have meant to be opened."""

import json
import os
import pickle
import shutil
import socket
import struct
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

__all__ = ["flip", "mutate"]

FILES = ("model.safetensors", "optimizer.safetensors", "state.json")
SEAL = b',\n "checksum":'
NASTY: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    3,
    2**31,
    2**63,
    10**18,
    10**300,
    0.5,
    -1e308,
    "",
    "x" * 1000,
    "ten",
    "../../x",
    "a\nb",
    "\x1b]0;x\x07",
    "\u202e[/x]",
    "\ud800",
    "nan",
    [],
    [0] * 1000,
    {},
    {"a": {"b": []}},
)
RAW = (
    b"NaN",
    b"Infinity",
    b"1e999",
    b"9" * 10_000,
    b"[" * 200_000,
    b'{"a":1,"a":2}',
    b"01",
    b"\xff\xfe",
    b"\x00",
    b"{}",
)


class Bomb:
    """Would make a folder if anybody unpickled it."""

    def __init__(self, trace: str) -> None:
        self.trace = trace

    def __reduce__(self) -> Any:
        return os.mkdir, (self.trace,)


def mutate(run: Path, seed: int, trace: str) -> str:
    """Change one thing in a run folder with one checkpoint, in a way that the seed decides; return which way."""
    chance = Random(seed)
    checkpoint = next(run.glob("step-*"))
    kinds = (
        _json_value,
        _json_value,
        _json_value,
        _json_raw,
        _tensor_numbers,
        _bytes,
        _bytes,
        _replaced,
        _swapped,
        _log,
    )
    kind = chance.choice(kinds)
    kind(run, checkpoint, chance, trace)
    if chance.random() < 0.8:
        _mend(checkpoint)
    return kind.__name__.strip("_")


def flip(data: bytes, place: int, bit: int) -> bytes:
    return data[:place] + bytes([data[place] ^ (1 << bit)]) + data[place + 1 :]


def _mend(checkpoint: Path) -> None:
    """Make the checksums right again, as somebody would who means it."""
    state = checkpoint / "state.json"
    if not _is_plain(state):
        return
    data = state.read_bytes()
    try:
        plain = json.loads(data)
        for name in ("model.safetensors", "optimizer.safetensors"):
            if _is_plain(checkpoint / name):
                content = (checkpoint / name).read_bytes()
                plain["files"][name] = {"size": len(content), "sha256": sha256(content).hexdigest()}
        plain.pop("checksum", None)
        body = json.dumps(plain, indent=1).encode().removesuffix(b"\n}")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        body = data.rpartition(SEAL)[0]
    state.write_bytes(body + SEAL + b' "' + sha256(body).hexdigest().encode() + b'"\n}')


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink() and path.stat().st_size < 10**8


def _json_value(run: Path, checkpoint: Path, chance: Random, _: str) -> None:
    """Put something else in place of a value, take a key away, or add one, anywhere in what is JSON."""

    def change(plain: Any) -> Any:
        places = list(_places(plain))
        holder, key = chance.choice(places)
        what = chance.randrange(6)
        if what == 0 and isinstance(holder, dict):
            del holder[key]
        elif what == 1 and isinstance(holder, dict):
            holder["surplus"] = chance.choice(NASTY)
        else:
            holder[key] = chance.choice(NASTY)
        return plain

    _rewrite(run, checkpoint, chance, change)


def _json_raw(run: Path, checkpoint: Path, chance: Random, _: str) -> None:
    """Put bytes into JSON that no JSON library would write."""
    mark = "a mark of ours"

    def change(plain: Any) -> Any:
        holder, key = chance.choice(list(_places(plain)))
        holder[key] = mark
        return plain

    _rewrite(
        run, checkpoint, chance, change, lambda words: words.replace(b'"' + mark.encode() + b'"', chance.choice(RAW))
    )


def _rewrite(
    run: Path,
    checkpoint: Path,
    chance: Random,
    change: Callable[[Any], Any],
    after: Callable[[bytes], bytes] = lambda words: words,
) -> None:
    where = chance.choice(("state", "manifest", "header", "about", "about", "optimizer"))
    if where in ("state", "manifest"):
        path = checkpoint / "state.json" if where == "state" else run / "run.json"
        path.write_bytes(after(json.dumps(change(json.loads(path.read_bytes())), indent=1).encode()))
        return
    path = checkpoint / ("optimizer.safetensors" if where == "optimizer" else "model.safetensors")
    data = path.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + length])
    if where == "about":
        about = after(json.dumps(change(json.loads(header["__metadata__"]["gpt2mini"]))).encode())
        header["__metadata__"]["gpt2mini"] = about.decode("utf-8", "surrogateescape")
        words = json.dumps(header).encode()
    else:
        words = after(json.dumps(change(header)).encode())
    path.write_bytes(struct.pack("<Q", len(words)) + words + data[8 + length :])


def _places(plain: Any) -> Iterator[tuple[Any, Any]]:
    pairs = plain.items() if isinstance(plain, dict) else enumerate(plain) if isinstance(plain, list) else ()
    for key, value in list(pairs):
        yield plain, key
        yield from _places(value)


def _tensor_numbers(_: Path, checkpoint: Path, chance: Random, __: str) -> None:
    path = checkpoint / chance.choice(FILES[:2])
    data = bytearray(path.read_bytes())
    begin = 8 + struct.unpack("<Q", data[:8])[0]
    number = chance.choice((float("nan"), float("inf"), -1.0, 1e38, 1e-45))
    place = begin + 4 * chance.randrange((len(data) - begin) // 4)
    data[place : place + 4] = struct.pack("<f", number)
    path.write_bytes(bytes(data))


def _bytes(_: Path, checkpoint: Path, chance: Random, __: str) -> None:
    path = checkpoint / chance.choice(FILES)
    data = path.read_bytes()
    place = chance.choice((chance.randrange(len(data)), chance.randrange(min(len(data), 400))))
    way = chance.randrange(5)
    if way == 0:
        data = flip(data, place, chance.randrange(8))
    elif way == 1:
        data = data[:place]
    elif way == 2:
        data += bytes(chance.randrange(1, 5000))
    elif way == 3:
        data = data[:place] + chance.randbytes(chance.randrange(1, 50)) + data[place:]
    else:
        data = struct.pack("<Q", chance.choice((0, 1, 2**20, 2**40, 2**63, 2**64 - 1))) + data[8:]
    path.write_bytes(data)


def _replaced(run: Path, checkpoint: Path, chance: Random, trace: str) -> None:
    """Put something in place of a file that is no file of ours, or no file at all."""
    path = chance.choice([checkpoint / name for name in FILES] + [run / "run.json", run / "events.jsonl"])
    data = path.read_bytes()
    path.unlink()
    match chance.randrange(8):
        case 0:
            path.write_bytes(pickle.dumps(Bomb(trace)))
        case 1:
            elsewhere = run / "elsewhere"
            elsewhere.write_bytes(data)
            path.symlink_to(elsewhere)
        case 2:
            os.mkfifo(path)
        case 3:
            path.mkdir()
        case 4:
            path.touch()
            os.truncate(path, 10 * 2**40)
        case 5:
            path.symlink_to("/dev/zero")
        case 6:
            with socket.socket(socket.AF_UNIX) as server:
                os.chdir(path.parent)  # the path of a socket must be short
                server.bind(path.name)
        case 7:
            path.write_bytes(b"")


def _swapped(_: Path, checkpoint: Path, chance: Random, __: str) -> None:
    one, other = (checkpoint / name for name in chance.sample(FILES, 2))
    if chance.random() < 0.5:
        shutil.copy(one, other)
    else:
        one.unlink()


def _log(run: Path, _: Path, chance: Random, __: str) -> None:
    """Change a line of the log, or cut it anywhere."""
    path = run / "events.jsonl"
    lines = path.read_bytes().splitlines()
    place = chance.randrange(len(lines))
    if chance.random() < 0.3:
        data = b"\n".join(lines)
        path.write_bytes(data[: chance.randrange(len(data))])
        return
    plain = json.loads(lines[place])
    holder, key = chance.choice(list(_places(plain)))
    holder[key] = chance.choice(NASTY)
    lines[place] = json.dumps(plain).encode() if chance.random() < 0.8 else chance.choice(RAW)
    path.write_bytes(b"\n".join(lines) + b"\n")
