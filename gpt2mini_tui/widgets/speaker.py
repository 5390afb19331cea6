"""One model in a conversation: who it is, what it was asked and wrote, and every other way it went."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.events import Click
from textual.message import Message
from textual.widgets import Static

from gpt2mini.settings import Value
from gpt2mini_tui import words
from gpt2mini_tui.safe import safe
from gpt2mini_tui.talk.branches import Branches, Said
from gpt2mini_tui.talk.heard import Begun, Opened, Scored, Source, Spoken
from gpt2mini_tui.talk.transcripts import Record
from gpt2mini_tui.widgets.passage import GIVEN, Piece
from gpt2mini_tui.widgets.surprise import level
from gpt2mini_tui.widgets.transcript import Cursor, Transcript

__all__ = ["ModelLine", "Speaker"]


class ModelLine(Static):
    """Which model is asked."""

    @dataclass
    class Pressed(Message):
        """Another one is wanted."""

        slot: int

    def __init__(self, slot: int) -> None:
        super().__init__(markup=False)
        self._slot = slot

    def on_click(self, event: Click) -> None:
        """Ask for the list of models."""
        event.stop()
        self.post_message(self.Pressed(self._slot))


class _Opinion(NamedTuple):
    """What another model makes of a text."""

    ids: list[int]
    bits: list[float]
    label: str


@dataclass(slots=True, kw_only=True)
class _Text:
    record: Record
    ending: str = ""
    """How its last continuation ended."""
    opinions: dict[int, _Opinion] = field(default_factory=dict)
    """By the slot of whose it is."""


class Speaker(Vertical):
    """A column: the model, and its texts. It asks nobody; it is told what was heard."""

    def __init__(self, slot: int) -> None:
        super().__init__(id=f"speaker-{slot}", classes="speaker")
        self.slot = slot
        self.source: Source | None = None
        """Where the model comes from, or is to come from."""
        self.is_chosen = False  # by somebody, and not for want of anything better
        self.model: Opened | None = None
        self.is_opening = False
        self.written = 0
        """Tokens of the continuation that is under way."""
        self.transcript = Transcript()
        """Where its words stand."""
        self._texts: list[_Text] = []
        self._target: int | None = None  # the text that is written on now
        self._arrived: list[Piece] = []
        self._eyes = slot  # with whose surprise its texts are coloured

    def compose(self) -> ComposeResult:
        """Make the parts."""
        yield ModelLine(self.slot)
        yield self.transcript

    @property
    def here(self) -> int | None:
        """The text with the cursor in it, by default the last; None where there is none."""
        at = self.transcript.cursor
        return at.text if at is not None else None

    @property
    def records(self) -> list[Record]:
        """All its texts."""
        return [text.record for text in self._texts]

    def branches(self, text: int) -> Branches:
        """Return one of its texts."""
        return self._texts[text].record.branches

    def is_foreign(self, text: int) -> bool:
        """Tell whether a text is in the vocabulary of another model, from before this one was chosen."""
        known = self._texts[text].record.vocabulary
        return self.model is not None and bool(known) and known != self.model.vocabulary

    def say_model(self, live_step: int | None) -> None:
        """Say which model this is; `live_step` is where the run that trains now has come to, None without one."""
        line, model = self.query_one(ModelLine), self.model
        if model is None:
            failed = "this model could not be read; F3 chooses another" if self.source is not None else "no model yet"
            line.update("reading the model" if self.is_opening else failed)
            return
        step = f"step {model.step:,}"
        if model.is_live:
            step += ", just trained" if live_step is None else f", training now at {live_step:,}"
        parts = [model.run or "a model", step, words.switches(model.changed), f"val {words.nats(model.val_loss)}"]
        line.update(safe(" · ".join(part for part in parts if part)))

    # What it says

    def note(self, sentence: str) -> None:
        """Say something that is not the model's."""
        self.transcript.note(sentence)

    def begin_text(self) -> int:
        """Begin a new text, and return its number."""
        self._texts.append(_Text(record=Record(model="", settings={}, branches=Branches())))
        self.transcript.begin()
        return len(self._texts) - 1

    def take_in(self, records: Sequence[Record]) -> None:
        """Put texts that were saved before behind those that are here."""
        for record in records:
            self._texts.append(_Text(record=record))
            self.transcript.begin()
            for notice in record.notices:
                self.transcript.note(notice, before=len(self._texts) - 1)
            self.draw(len(self._texts) - 1)

    def target(self, text: int, command: str = "") -> None:
        """Let what is heard from now on go into this text; `command` is what would write the same."""
        self._target = text
        self._texts[text].record.command = self._texts[text].record.command or command
        self._texts[text].ending = ""
        self.draw(text)

    def begin(self, begun: Begun, settings: Mapping[str, Value]) -> None:
        """Take what a person put before a continuation."""
        self.model, self.written = begun.model, 0
        if self._target is None:
            return
        record = self._texts[self._target].record
        record.vocabulary = begun.model.vocabulary
        record.model, record.settings = begun.model.label, dict(settings)
        for notice in begun.notices:
            self.transcript.note(notice, before=self._target)
        record.notices = [*record.notices, *begun.notices]
        record.branches.add(*begun.said)
        self.draw(self._target)

    def hear(self, spoken: Spoken) -> None:
        """Take a token; it is drawn with the next `flush`."""
        if self._target is not None:
            self.branches(self._target).add(spoken.said)
            self._arrived.append(self._piece(spoken.said.bits, spoken.said))
            self.written += 1

    def flush(self) -> None:
        """Draw what has come in."""
        arrived, self._arrived = self._arrived, []
        if arrived and self._target == len(self._texts) - 1:
            self.transcript.add(arrived)
        elif arrived and self._target is not None:
            self.draw(self._target)

    def finish(self, ending: str) -> int | None:
        """Close the continuation that was under way with a line about it, and return which text that was."""
        at, self._target, self._arrived = self._target, None, []
        if at is not None:
            if not self.written:
                self.branches(at).settle()
            self._texts[at].ending = ending
            self.draw(at)
        self.written = 0
        return at

    def clear(self) -> None:
        """Forget every text."""
        self._texts.clear()
        self._target, self._arrived, self.written = None, [], 0
        self.transcript.clear()

    # What others make of it

    def look_with(self, slot: int) -> str:
        """Colour every text by what another model makes of it; return who that is, empty for the writer itself."""
        self._eyes = slot
        for text in range(len(self._texts)):
            self.draw(text)
        known = [text.opinions[slot].label for text in self._texts if slot in text.opinions]
        return known[-1] if known and slot != self.slot else ""

    def score(self, scored: Scored) -> None:
        """Take what another model makes of a text, if it still reads like that."""
        for number, text in enumerate(self._texts):
            branches = text.record.branches
            if branches.text == scored.text:
                bits = _aligned(branches.said, scored.bits)
                mine = [one for one, said in zip(bits, branches.said, strict=True) if said.by and math.isfinite(one)]
                text.opinions[scored.slot] = _Opinion(branches.ids, bits, scored.label)
                text.record.others[scored.label] = sum(mine) / len(mine) if mine else math.nan
                self.draw(number)

    def opinions(self, cursor: Cursor) -> list[tuple[str, float]]:
        """Return what the others make of a token, in bits, by who they are."""
        text = self._texts[cursor.text]
        ids = text.record.branches.ids
        return [
            (one.label, one.bits[cursor.place])
            for one in text.opinions.values()
            if one.ids == ids and cursor.place < len(ids)
        ]

    # Drawing

    def draw(self, number: int) -> None:
        """Draw a text anew."""
        text = self._texts[number]
        said = text.record.branches.said
        opinion = text.opinions.get(self._eyes)
        if self._eyes != self.slot and opinion is not None and opinion.ids == text.record.branches.ids:
            bits = opinion.bits
        else:
            bits = [one.bits for one in said]
        pieces = [self._piece(one, token) for one, token in zip(bits, said, strict=True)]
        self.transcript.show(number, pieces, "" if number == self._target else self._foot(text))

    @staticmethod
    def _piece(bits: float, said: Said) -> Piece:
        return Piece(said.text, level(bits) if said.by else GIVEN)

    def _foot(self, text: _Text) -> str:
        record = text.record
        known = [one.bits for one in record.branches.said if one.by]
        if not known:
            return text.ending
        parts = [record.model, words.count(len(known), "token"), f"{sum(known) / len(known):.2f} bits/token"]
        parts += [f"{name} gives {bits:.2f}" for name, bits in self._current_others(text)]
        ways = record.branches.count
        return " · ".join([*parts, *([text.ending] if text.ending else []), *([f"{ways} ways"] if ways > 1 else [])])

    @staticmethod
    def _current_others(text: _Text) -> list[tuple[str, float]]:
        ids = text.record.branches.ids
        labels = {one.label for one in text.opinions.values() if one.ids == ids}
        return [(name, bits) for name, bits in text.record.others.items() if name in labels]


def _aligned(said: Sequence[Said], bits: Sequence[tuple[str, float]]) -> list[float]:
    """Return the surprise of another model at each of these tokens: the sum over its tokens that begin inside one.

    NaN where none does, or one that it cannot read; all NaN if the two do not spell the same text.
    """
    if sum(len(text) for text, _ in bits) != sum(len(one.text) for one in said):
        return [math.nan] * len(said)
    ends: list[int] = []
    for one in said:
        ends.append((ends[-1] if ends else 0) + len(one.text))
    sums = [math.nan] * len(said)
    index = at = 0
    begun = -1
    for text, surprise in bits:
        while index < len(ends) - 1 and at >= ends[index]:
            index += 1
        sums[index] = sums[index] + surprise if index == begun else surprise
        begun = index
        at += len(text)
    return sums
