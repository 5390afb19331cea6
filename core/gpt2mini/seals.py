"""Files that carry their own checksum: whatever bit of one changes, wherever it is carried, somebody notices.

A file of JSON ends with it; a safetensors file has it in its metadata, taken while zeros stood in its place. It finds
damage, not forgery: whoever means it can take it again.
"""

from gpt2mini.storage import sha256

__all__ = ["UNSEALED", "has_json_seal", "is_json_intact", "is_tensors_intact", "seal_json", "seal_tensors"]

UNSEALED = "0" * 64
"""What the metadata of a safetensors file says under `sha256` before it is sealed."""

_LAST_KEY = b',\n "checksum":'


def seal_json(data: bytes) -> bytes:
    """Return a JSON object, written with an indent of 1, with one more key: the checksum of every byte before it."""
    body = data.removesuffix(b"\n}")
    return body + _LAST_KEY + b' "' + sha256(body).encode() + b'"\n}'


def has_json_seal(data: bytes) -> bool:
    """Tell whether there is a checksum in a JSON object, right or wrong; the first ones had none."""
    return _LAST_KEY.strip() in data


def is_json_intact(data: bytes) -> bool:
    """Tell whether a JSON object ends with the right checksum."""
    return seal_json(data.rpartition(_LAST_KEY)[0] + b"\n}") == data


def seal_tensors(data: bytes) -> bytes:
    """Return the bytes of a safetensors file with its checksum in the place of `UNSEALED`."""
    return data.replace(_words(UNSEALED), _words(sha256(data)), 1)


def is_tensors_intact(data: bytes, seal: str) -> bool:
    """Tell whether this is the checksum of the bytes of a safetensors file that says it is."""
    return sha256(data.replace(_words(seal), _words(UNSEALED), 1)) == seal


def _words(seal: str) -> bytes:
    """Return how the library writes it into a header; inside of another string its quotes would be escaped."""
    return f'"sha256":"{seal}"'.encode("utf-8", "surrogatepass")
