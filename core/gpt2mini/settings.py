"""How a setting is declared: once, with its default, its limits and its words.

A declaration is a dataclass field. The model, the command line, the switch panel, the documentation and the tests
all read the same `Spec`, so a setting can neither be forgotten in one of them nor described twice.
"""

import dataclasses
import math
import types
import typing
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import MISSING, dataclass, field
from typing import Any, ClassVar, NamedTuple, Protocol, TypeGuard, TypeVar

from gpt2mini.errors import UsageError

__all__ = [
    "AUTOMATIC",
    "Spec",
    "Value",
    "check",
    "fits",
    "from_plain",
    "from_text",
    "hints",
    "setting",
    "specs",
    "to_plain",
]

AUTOMATIC = "auto"
"""What a person writes for a setting that is left to the program; its value is None."""

T = TypeVar("T")
Value = bool | int | float | str | None

_TRUTH = {"on": True, "true": True, "yes": True, "1": True, "off": False, "false": False, "no": False, "0": False}
_LARGE = 1e300
_KNOWN: dict[type, dict[str, Any]] = {}
_SPECS: dict[type, tuple["Spec", ...]] = {}
_SLOTS: dict[type, dict[str, "_Slot"]] = {}


class _DataclassType(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One setting as everybody sees it."""

    name: str
    kind: type
    """bool, int, float or str."""
    default: Value
    help: str
    expect: str = ""
    """What a person will see when a switch is changed; empty for a plain hyper-parameter."""
    live: bool = False
    """Whether it may be changed while training; otherwise a change needs a new run."""
    choices: tuple[str, ...] = ()
    low: float = -math.inf
    high: float = math.inf
    optional: bool = False

    @property
    def flag(self) -> str:
        """The option of the command line: `--ln-style`, or `--no-residual` for a switch that is on by default."""
        dashed = self.name.replace("_", "-")
        return f"--no-{dashed}" if self.kind is bool and self.default else f"--{dashed}"

    def check(self, value: object) -> None:
        """Raise UsageError, naming the flag and the offending value, unless `value` may stand here."""
        if (value is None and self.optional) or (value.__class__ is self.kind and self._is_plainly_right(value)):
            return
        if not self._has_kind(value):
            raise UsageError(f"{self.flag} takes {_article(self.kind)}, not {value!r}")
        if self.choices and value not in self.choices:
            raise UsageError(f"{self.flag} is one of {', '.join(self.choices)}, not {value!r}")
        if self.kind in (int, float) and not self.low <= float(typing.cast(float, value)) <= self.high:
            raise UsageError(f"{self.flag} {value} is out of range", do=f"Give {self._range()}.")

    def _is_plainly_right(self, value: Any) -> bool:
        """Tell of nearly every value there is, without a word, that it may stand here: a list of runs asks so often."""
        if self.kind is bool or self.kind is str:
            return not self.choices or value in self.choices
        return bool(self.low <= value <= self.high and abs(value) < _LARGE)  # NaN is not

    def _has_kind(self, value: object) -> bool:
        if self.kind is float:
            return isinstance(value, (int, float)) and not isinstance(value, bool) and _in_double(value)
        if self.kind is int:
            return isinstance(value, int) and not isinstance(value, bool) and _in_double(value)
        return isinstance(value, self.kind)

    def _range(self) -> str:
        low, high = f"{self.low:,g}", f"{self.high:,.10g}"
        if math.isinf(self.high):
            return f"{low} or more"
        return f"a number from {low} to {high}"


def setting(
    default: Value,
    *,
    help: str,
    expect: str = "",
    live: bool = False,
    choices: tuple[str, ...] = (),
    low: float = -math.inf,
    high: float = math.inf,
) -> Any:
    """Declare a dataclass field that is a setting; see `Spec` for the words."""
    words = {"help": help, "expect": expect, "live": live, "choices": choices, "low": low, "high": high}
    return field(default=default, metadata={"setting": words})


def specs(cls: type[_DataclassType]) -> tuple[Spec, ...]:
    """Return the settings that a dataclass declares, in their order."""
    if cls not in _SPECS:  # a list of a thousand runs asks thousands of times
        _SPECS[cls] = tuple(_declared(cls))
    return _SPECS[cls]


def _declared(cls: type[_DataclassType]) -> Iterator[Spec]:
    kinds = hints(cls)
    for item in dataclasses.fields(cls):
        words = item.metadata.get("setting")
        if words is not None:
            kind, optional = _plain_kind(kinds[item.name])
            default = None if item.default is MISSING else item.default
            yield Spec(name=item.name, kind=kind, optional=optional, default=default, **words)


def check(values: object) -> None:
    """Raise UsageError unless every setting of this dataclass instance is within its declaration."""
    for spec in specs(type(values)):  # type: ignore[arg-type]  # any dataclass instance
        spec.check(getattr(values, spec.name))


def to_plain(values: Any) -> dict[str, Any]:
    """Return a dataclass as nested plain dictionaries, ready for JSON."""
    return dataclasses.asdict(values)


def from_plain(cls: type[T], plain: object) -> T:
    """Build a settings dataclass from what JSON gave, believing nothing.

    Raises UsageError for a value that is not a mapping, for an unknown or a missing key, for any value its declaration
    refuses, and for one of another type where there is no declaration. Callers that read files turn it into their own
    error.
    """
    if not isinstance(plain, Mapping):
        raise UsageError(f"{cls.__name__} must be an object, not {type(plain).__name__}")
    slots = _slots(cls)
    for key in plain:
        if key not in slots:
            raise UsageError(f"{cls.__name__} has no setting {str(key)[:40]!r}")
    values: dict[str, Any] = {}
    for name, slot in slots.items():
        if name in plain:
            value = plain[name]
            values[name] = from_plain(slot.kind, value) if slot.is_nested else value
            if not slot.is_declared and not fits(values[name], slot.kind):
                raise UsageError(f"{cls.__name__} does not take {str(value)[:40]!r} for {name!r}")
        elif slot.is_needed:
            raise UsageError(f"{cls.__name__} lacks its setting {name!r}")
    return cls(**values)


def from_text(spec: Spec, text: str) -> Value:
    """Return what somebody typed as a value of this setting; raises UsageError if it refuses it."""
    if text == AUTOMATIC and spec.optional:
        return None
    value: Value = text
    if spec.kind is bool:
        value = _TRUTH.get(text.strip().lower(), text)
    elif spec.kind in (int, float):
        with suppress(ValueError):
            value = spec.kind(text)
    spec.check(value)
    return value


def fits(value: object, hint: Any) -> bool:
    """Tell whether a value that JSON gave is of the annotated type, and if a number, one that a double can hold."""
    if hint is Any or type(value) is hint:
        return hint is not int or -(2**63) <= typing.cast(int, value) < 2**63
    if hint is float:
        return isinstance(value, int) and not isinstance(value, bool) and _in_double(value)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is dict:
        return isinstance(value, dict) and all(fits(item, arguments[1]) for item in value.values())
    if origin is tuple:
        return isinstance(value, tuple) and all(fits(item, arguments[0]) for item in value)
    if origin in (typing.Union, types.UnionType):
        return any(fits(value, one) for one in arguments)
    return isinstance(hint, type) and isinstance(value, hint) and not isinstance(value, bool)


def hints(cls: type) -> dict[str, Any]:
    """Return the resolved annotations of a dataclass, by field."""
    if cls not in _KNOWN:  # resolving them is most of what reading a run costs
        _KNOWN[cls] = typing.get_type_hints(cls)
    return _KNOWN[cls]


class _Slot(NamedTuple):
    """What is asked of one field whenever a file is read, so that it is found out once."""

    kind: Any
    is_nested: bool
    is_declared: bool
    """Whether its own declaration checks it."""
    is_needed: bool


def _slots(cls: type) -> dict[str, _Slot]:
    if cls not in _SLOTS:
        kinds = hints(cls)
        _SLOTS[cls] = {
            item.name: _Slot(
                kind=kinds[item.name],
                is_nested=_is_dataclass(kinds[item.name]),
                is_declared="setting" in item.metadata,
                is_needed=item.default is MISSING and item.default_factory is MISSING,
            )
            for item in dataclasses.fields(cls)
        }
    return _SLOTS[cls]


def _is_dataclass(hint: object) -> TypeGuard[type[Any]]:
    return isinstance(hint, type) and dataclasses.is_dataclass(hint)


def _plain_kind(hint: object) -> tuple[type, bool]:
    if isinstance(hint, types.UnionType):
        kinds = [kind for kind in hint.__args__ if kind is not types.NoneType]
        return kinds[0], True
    if typing.get_origin(hint) is typing.Literal:
        return str, False
    return typing.cast(type, hint), False


def _article(kind: type) -> str:
    return {bool: "true or false", int: "a whole number", float: "a number"}.get(kind, "a word")


def _in_double(value: float) -> bool:
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False
