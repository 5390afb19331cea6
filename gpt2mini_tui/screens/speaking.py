"""A place with models in columns: choosing them, hearing them, keeping a copy of a run that trains fresh."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from textual import on
from textual.containers import Horizontal
from textual.timer import Timer
from textual.widgets import Static

from gpt2mini.errors import LabError
from gpt2mini.settings import Value
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.runs.shelf import CheckpointEntry, RunSummary
from gpt2mini_tui.safe import safe
from gpt2mini_tui.screens.model_picker import ModelPicker, choices
from gpt2mini_tui.screens.reading import ReadingPlace
from gpt2mini_tui.screens.talk_form import Talk
from gpt2mini_tui.talk import asking
from gpt2mini_tui.talk import heard as hear
from gpt2mini_tui.talk.heard import LIVE, Source
from gpt2mini_tui.talk.talker import Talker
from gpt2mini_tui.widgets.sampling_controls import SamplingControls
from gpt2mini_tui.widgets.speaker import ModelLine, Speaker
from gpt2mini_tui.widgets.surprise import Legend

__all__ = ["SpeakingPlace"]

_STREAM = 1 / 25
"""Seconds between looks at what the models have written, while they write."""
_MOST = 4
"""Models that can be asked at once."""
_FIRST = "Plain continuation: a base model goes on with your text, it does not answer."
_NOBODY = "Nobody to talk to yet. Press Escape, then 1, and start a run: it can be asked while it trains."


class SpeakingPlace(ReadingPlace):
    """Who speaks, and what becomes of what they say; what they are asked is the business of the class below."""

    _streaming: Timer
    _talker: Talker

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._front = 0
        self._live_step = 0
        self._has_written = self._wrote = False
        self.talk = Talk()
        """How the conversation goes."""
        self._asked: dict[str, Value] = {}  # how the tokens are drawn that are written now
        self._gone: dict[int, int] = {}  # by slot: tokens of this answer that were written before a setting changed

    def on_mount(self) -> None:
        """Start the talker; it imports nothing before the first question."""
        self._talker = Talker(self._heard, self._failed, snapshot=self.lab.bridge.snapshot)
        self._streaming = self.set_interval(_STREAM, self._stream, pause=True)
        self.greet(_FIRST)
        self._say_models()
        self.say_problem()

    def on_unmount(self) -> None:
        """Let the thread end."""
        self._talker.close()

    @property
    def speakers(self) -> list[Speaker]:
        """The models, from left to right."""
        return list(self.query(Speaker))

    @property
    def front(self) -> Speaker:
        """The one that is looked at."""
        return next((one for one in self.speakers if one.slot == self._front), self.speakers[0])

    @property
    def is_writing(self) -> bool:
        """Whether any of them writes."""
        return any(self._talker.is_writing(one.slot) for one in self.speakers)

    def find_somebody(self) -> None:
        """Open the run that trains, unless somebody chose another model; where none does, the newest checkpoint."""
        front = self.front
        is_missing = front.model is None and not front.is_opening
        if self.lab.bridge.is_running:
            if is_missing or not (front.is_chosen or self._is_of_run(front)):
                self._errands.stop("newest")
                self.open(front, LIVE)
        elif is_missing:
            self.errand("newest", self.shelf.newest, self._open_newest)

    def _is_of_run(self, speaker: Speaker) -> bool:
        """Whether it is the run that trains, and not one before it."""
        is_live = speaker.source is not None and speaker.source.path is None
        return is_live and (speaker.model is None or speaker.model.run == self.lab.history.run)

    def chat_with(self, path: Path | None) -> None:
        """Talk to a checkpoint, or to the run that is training now."""
        self._errands.stop("newest")
        self.open(self.front, LIVE if path is None else Source(path=path))

    def refresh_history(self, history: History) -> None:
        """Say how far the run has come that is being talked to, and take a newer copy of it now and then."""
        self._live_step = history.step
        for speaker in self.speakers:
            model, slot = speaker.model, speaker.slot
            if model is not None and model.is_live and self.lab.bridge.is_running:
                is_free = not (self._talker.is_writing(slot) or self._talker.is_opening(slot))
                is_old = history.step - model.step >= self.talk.every or history.run not in ("", model.run)
                if is_free and is_old and history.step > 0:
                    self.ask(partial(self._talker.refresh, slot))
        self._say_models()

    def greet(self, sentence: str) -> None:
        """Say what this is about, as long as nothing else has been said."""
        if not self._has_written:
            self.speakers[0].transcript.clear()
            self.speakers[0].note(sentence)

    # What is asked

    def can_ask(self) -> bool:
        """Tell whether every model is ready and every setting possible, and say it if not."""
        if self.query_one(SamplingControls).problem:
            self.say_problem()
            return False
        for speaker in self.speakers:
            if speaker.model is None:
                reading = "The model is still being read. It writes as soon as it can."
                self.say_problem(reading if speaker.is_opening else "There is no model to ask yet.")
                return False
        return True

    def write(self, speaker: Speaker, text: int, added: str | None, *, drawn: int = 0, gone: int = 0) -> None:
        """Let a model go on with a text and what is added to it; None adds nothing.

        `drawn` tokens of the same seed came before, and `gone` of those that were asked for.
        """
        if speaker.is_foreign(text):  # its tokens mean nothing to this model, but its words do
            branches = speaker.branches(text)
            added = branches.text + (added or "")
            branches.settle()
            text, drawn = speaker.begin_text(), 0
        self._has_written = self._wrote = True  # the whole answer may be there at the next look
        self._asked = self._values()
        is_new = added is not None and not len(speaker.branches(text))
        command = asking.command(speaker.model, added or "", self._asked) if is_new and speaker.model else ""
        speaker.target(text, command)
        ids, values = speaker.branches(text).ids, self._asked
        if gone:
            values = {**values, "tokens": int(str(values["tokens"])) - gone}
        self._gone[speaker.slot] = gone
        self.ask(partial(self._talker.write, speaker.slot, ids, added, values, drawn=drawn))
        self.refresh_bindings()

    def turn_while_writing(self) -> None:
        """Let a setting take effect at the next token of everybody who writes."""
        tokens = int(str(self._values()["tokens"]))
        for speaker in self.speakers:
            if not (speaker.written and self._talker.is_writing(speaker.slot)):
                continue
            gone = self._gone.get(speaker.slot, 0) + speaker.written
            self._talker.stop(speaker.slot)
            text = speaker.finish("")
            if text is not None and gone < tokens:
                branches = speaker.branches(text)
                self.write(speaker, text, None, drawn=asking.written_before(branches, len(branches)), gone=gone)

    def _values(self) -> dict[str, Value]:
        values = self.query_one(SamplingControls).values
        return {**values, "stop": values["stop"] or self.talk.turns.stop}

    def say_problem(self, sentence: str = "") -> None:
        """Say what stands in the way, a setting that cannot be first; where nothing does, say what colours mean."""
        sentence = self.query_one(SamplingControls).problem or sentence
        line = self.query_one("#chat-problem", Static)
        line.display = bool(sentence)
        self.query_one(Legend).display = not sentence
        line.update(safe(sentence))

    # The models

    def _open_newest(self, found: tuple[CheckpointEntry, ...]) -> None:
        if found:
            self.open(self.front, Source(path=found[0].path), is_chosen=False)
        else:
            self.greet(_NOBODY)

    def open(self, speaker: Speaker, source: Source, *, is_chosen: bool = True) -> None:
        """Let a column be another model; one that nobody chose makes room for the next run that trains."""
        self.finish("stopped")
        speaker.source, speaker.model = source, None
        speaker.is_chosen = is_chosen and source.path is not None
        speaker.is_opening = True
        self.ask(partial(self._talker.open, speaker.slot, source))

    def pick(self, chosen: Callable[[Source], None]) -> None:
        """Show everything that can be talked to."""
        is_running = self.lab.bridge.is_running
        picker = ModelPicker(live=self.lab.history.run or "the run" if is_running else "")

        def taken(source: Source | None) -> None:
            self._errands.stop("models")
            if source is not None:
                chosen(source)
            self.go_to_prompt()

        def found(shelf: list[tuple[RunSummary, tuple[CheckpointEntry, ...]]]) -> None:
            picker.add([choice for run, entries in shelf for choice in choices(run, entries)])

        self.app.push_screen(picker, taken)
        self.errand("models", self.shelf.models, found, then=picker.complete)

    def go_to_prompt(self) -> None:
        """Take the focus to where one types."""

    def action_choose(self) -> None:
        """Let another model take the place of the one that is looked at."""
        self.pick(lambda source: self.open(self.front, source))

    @on(ModelLine.Pressed)
    def _line_pressed(self, message: ModelLine.Pressed) -> None:
        self._front = message.slot
        self.action_choose()

    def action_beside(self) -> None:
        """Ask one more model the same."""
        if len(self.speakers) >= _MOST:
            self.say_problem(f"{_MOST} models side by side are as many as can be read.")
        else:
            self.pick(self._set_beside)

    async def _join(self, source: Source) -> None:
        slot = next(number for number in range(_MOST) if all(one.slot != number for one in self.speakers))
        speaker = Speaker(slot)
        await self.query_one("#chat-speakers", Horizontal).mount(speaker)
        self.set_class(len(self.speakers) > 1, "-beside")
        self.open(speaker, source)
        self._say_models()

    def _set_beside(self, source: Source) -> None:
        self.call_later(self._join, source)

    async def action_part(self) -> None:
        """Let the model that is looked at go."""
        speakers = self.speakers
        if len(speakers) < 2:
            self.say_problem("There is only this one model. Another one can be put beside it.")
            return
        self.finish("stopped")
        gone = self.front
        self._talker.shut(gone.slot)
        await gone.remove()
        self._front = self.speakers[0].slot
        self.set_class(len(self.speakers) > 1, "-beside")
        self.speakers[0].transcript.focus()

    def _say_models(self) -> None:
        step = self._live_step if self.lab.bridge.is_running else None
        for speaker in self.speakers:
            speaker.say_model(step)

    # What they say

    def ask(self, question: Callable[[], None]) -> None:
        """Ask something, and listen."""
        question()
        self._streaming.resume()

    def _stream(self) -> None:
        """Collect what has come in, and write it in one go."""
        self._talker.drain()
        for speaker in self.speakers:
            speaker.flush()
        if self._wrote and not self.is_writing:
            self._score_all()
            self.weigh()
            self.refresh_bindings()
        self._wrote = self.is_writing
        if not self._talker.is_busy:
            self._streaming.pause()
            self.refresh_bindings()

    def _heard(self, said: hear.Heard) -> None:
        speaker = next((one for one in self.speakers if one.slot == said.slot), None)
        if isinstance(said, hear.Scored):
            self._scored(said)
        elif speaker is not None:
            self._take(speaker, said)

    def _take(self, speaker: Speaker, said: hear.Heard) -> None:
        match said:
            case hear.Loading():
                self._say_models()
            case hear.Opened():
                speaker.is_opening, speaker.model = False, said
                self.say_problem()
                self.greet(_FIRST)
                self._say_models()
                self.weigh()
                self._score_all()
                self.opened()
            case hear.Begun():
                self.say_problem()
                speaker.begin(said, self._asked)
                self._say_models()
            case hear.Spoken():
                speaker.hear(said)
            case hear.Ended(seconds=seconds):
                speaker.finish(f"{speaker.written / max(seconds, 1e-9):,.0f} tokens/s")
            case hear.Weighed():
                if speaker is self.front:
                    self.show_bars(said)

    def _scored(self, said: hear.Scored) -> None:
        writer = next((one for one in self.speakers if one.slot == said.of), None)
        if writer is not None:
            writer.score(said)

    def _failed(self, slot: int, error: LabError) -> None:
        for speaker in self.speakers:
            if speaker.slot == slot:
                speaker.is_opening = False
                speaker.finish("failed")
        self._say_models()
        self.say_problem(str(error))

    def finish(self, ending: str) -> None:
        """Let everybody stop at once."""
        for speaker in self.speakers:
            self._talker.stop(speaker.slot)
            speaker.finish(ending)
        self._score_all()

    def _score_all(self) -> None:
        """Ask each model what it makes of what the others wrote last."""
        speakers = self.speakers
        if len(speakers) < 2 or self.is_writing:
            return
        for writer in speakers:
            text = writer.here
            said = writer.branches(text).text if text is not None else ""
            for reader in speakers:
                if said and reader is not writer and reader.model is not None:
                    self.ask(partial(self._talker.score, reader.slot, said, of=writer.slot))

    # What the class below knows

    def opened(self) -> None:
        """Know that a model can be asked."""

    def weigh(self) -> None:
        """Ask what could come next."""

    def show_bars(self, weighed: hear.Weighed) -> None:
        """Show what could come next."""
