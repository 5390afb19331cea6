"""What is read is only what JSON has, and of it no more than anybody means."""

from pathlib import Path

import pytest

from gpt2mini.errors import CheckpointError
from gpt2mini.storage import parse_json


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b'{"a": 1, "a": 2}', "a key stands twice"),
        (b'{"a": NaN}', "NaN is not a JSON number"),
        (b"[-Infinity]", "-Infinity is not a JSON number"),
        (b"[1e999]", "1e999 is too large"),
        (b"[" + b"1," * 200_000 + b"1]", "too many parts"),
        (b"[" * 50_000, "nested too deeply"),
        (b"[" + b"1" * 10_000 + b"]", "it is not JSON"),
        (b"{", "it is not JSON"),
        (b"\xff", "it is not JSON"),
    ],
    ids=lambda value: repr(value[:16]),
)
def test_what_nobody_means_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(CheckpointError, match=why):
        parse_json(data, where=Path("x.json"))


def test_what_is_meant_is_read() -> None:
    assert parse_json(b'{"a": [1, -2.5, null, true, "\xc3\xa9"]}', where=Path("x")) == {"a": [1, -2.5, None, True, "é"]}
