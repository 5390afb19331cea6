"""A run as a form: one field for every setting that is declared, as the text that stands in it.

No screen here: what may stand in a field is the business of its declaration, and the form is a plan as soon as nothing
is wrong with it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from gpt2mini.config import Config, DataConfig
from gpt2mini.errors import UsageError
from gpt2mini.paths import check_name
from gpt2mini.settings import AUTOMATIC, Spec, Value, specs
from gpt2mini_tui.setup.plan import PARTS, Changes, ForkRun, NewRun, changed, changes_between

__all__ = ["NAME", "SECTIONS", "Field", "Form", "read", "written"]

NAME = "name"
"""The key of the one field that is no setting: what the run will be called."""

_LABELS = {
    "data": "text",
    "n_layer": "layers",
    "n_head": "heads",
    "n_embd": "width",
    "lr": "learning rate",
    "grad_clip": "clip at",
    "dropout": "dropout rate",
    "warmup": "warm-up steps",
    "sample_prompt": "sample prompt",
    "position_embedding": "positions",
    "tied_embeddings": "tied embedding",
}
_ELSEWHERE = ("seed", "device", "precision", "compiled")
"""Settings that a preset leaves alone: which run of many this is, and the machine it is on."""
_SWITCH_LABELS = {"ln_style": "LayerNorm", "mlp": "MLP", "position_embedding": "positions", "warmup": "warm-up"}


class Field(NamedTuple):
    """A setting, and where in a configuration it stands."""

    part: str
    spec: Spec

    @property
    def key(self) -> str:
        """What tells it from a setting of the same name in another part."""
        return f"{self.part}.{self.spec.name}"

    @property
    def label(self) -> str:
        """What it is called on the screen."""
        labels = _SWITCH_LABELS if self.part == "ablations" else _LABELS
        return labels.get(self.spec.name, self.spec.name.replace("_", " "))

    @property
    def choices(self) -> tuple[str, ...]:
        """What can be chosen from, where not just anything may be written."""
        return ("on", "off") if self.spec.kind is bool else self.spec.choices


def _fields(part: str) -> tuple[Field, ...]:
    return tuple(Field(part, spec) for spec in specs(PARTS[part]) if len(spec.choices) != 1)


SECTIONS: dict[str, tuple[Field, ...]] = {
    "text": _fields("data"),
    "model": _fields("model"),
    "training": _fields("train"),
    "switches": _fields("ablations"),
}
"""Every setting there is, under the heading it stands below; one that cannot be chosen is left out."""


@dataclass(slots=True)
class Form:
    """What stands in the fields, and what it makes."""

    config: Config
    """What it began as; of a fork, how the parent stood."""
    name: str = ""
    threads: int = 0
    fork: ForkRun | None = None
    """What is forked; None for a run from scratch."""
    is_taken: Callable[[str], bool] = lambda _: False
    """Whether there is a run of that name already."""
    begins_at: int = 0
    """The step at which a fork begins; it has to have more of them."""
    note: str = ""
    """What is to be known of where these settings come from, as sentences."""
    texts: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Write the configuration into the fields."""
        self.fill(self.config)

    @property
    def fields(self) -> tuple[Field, ...]:
        """All that can be changed; the text of a fork cannot."""
        return tuple(one for section in SECTIONS.values() for one in section if self.fork is None or one.part != "data")

    def fill(self, config: Config) -> None:
        """Write another configuration into the fields; the name stays."""
        for one in self.fields:
            self.texts[one.key] = written(getattr(getattr(config, one.part), one.spec.name))

    def apply(self, changes: Changes) -> None:
        """Put every setting of the model and of the training to its default but these: what a preset does."""
        for one in self.fields:
            if one.part in ("model", "train") and one.spec.name not in _ELSEWHERE:
                self.texts[one.key] = written(changes.get(one.part, {}).get(one.spec.name, one.spec.default))

    @property
    def problems(self) -> dict[str, str]:
        """Why each field that cannot stay so cannot, as sentences by key; two that do not agree are both named."""
        found = {one.key: problem for one in self.fields if (problem := self._problem(one))}
        if self.name and (problem := _name_problem(self.name)):
            found[NAME] = problem
        elif self.name and self.is_taken(self.name):
            found[NAME] = "There is a run of that name already."
        if not found:
            try:
                self.read()
            except UsageError as error:
                found |= dict.fromkeys(("model.n_embd", "model.n_head"), str(error))
        return found

    def read(self) -> Config:
        """Return the configuration that the fields describe; raises UsageError where there is none."""
        values: dict[str, dict[str, Value]] = {part: {} for part in PARTS}
        for one in self.fields:
            values[one.part][one.spec.name] = read(one, self.texts[one.key])
        return changed(self.config, values)

    def data(self) -> DataConfig:
        """Return the text that the fields name; raises UsageError where they name none."""
        values = {one.spec.name: read(one, self.texts[one.key]) for one in self.fields if one.part == "data"}
        return replace(self.config.data, **values)  # type: ignore[arg-type]  # checked by the declaration

    def plan(self) -> NewRun | ForkRun:
        """Return what to train; raises UsageError while there is a problem."""
        if self.name:
            check_name(self.name)
        config = self.read()
        if self.fork is not None:
            return replace(self.fork, name=self.name, changes=changes_between(self.config, config))
        return NewRun(config=config, name=self.name, threads=self.threads)

    def _problem(self, one: Field) -> str:
        try:
            value = read(one, self.texts[one.key])
        except UsageError as error:
            return str(error)
        if one.key == "train.steps" and self.begins_at and isinstance(value, int) and value <= self.begins_at:
            return f"--steps {value} leaves nothing to do: the fork begins at step {self.begins_at:,}."
        return ""


def read(one: Field, text: str) -> Value:
    """Return what a text means in a field; raises UsageError, in the words of the declaration."""
    spec, value = one.spec, _parsed(one.spec, text)
    spec.check(value)
    return value


def written(value: Value) -> str:
    """Return a value as it stands in a field; a field of a setting that may be left out is empty then."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:g}" if float(f"{value:g}") == value else repr(value)
    return "" if value is None else str(value)


_WORDS: Mapping[str, bool] = {"on": True, "off": False}


def _parsed(spec: Spec, text: str) -> Value:
    """Return a text in the kind of a setting, or as it is where that cannot be: then it is refused in its words."""
    if spec.kind is str:
        return text
    text = text.strip()
    if spec.kind is bool:
        return _WORDS.get(text, text)
    if text in ("", AUTOMATIC) and spec.optional:
        return None
    try:
        number = float(text.replace(",", ""))
        return int(text.replace(",", "")) if spec.kind is int and number != int(number) else spec.kind(number)
    except (ValueError, OverflowError):
        return text[:40]


def _name_problem(name: str) -> str:
    try:
        check_name(name)
    except UsageError as error:
        return str(error)
    return ""
