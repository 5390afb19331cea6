"""A place with models that are asked, heard while they write, and asked what they make of one another."""

from collections.abc import Callable
from functools import partial

from textual.timer import Timer
from textual.widgets import Static

from gpt2mini.errors import LabError
from gpt2mini.settings import Value
from gpt2mini_tui.safe import safe
from gpt2mini_tui.screens.columns import FIRST, ColumnsPlace
from gpt2mini_tui.talk import asking
from gpt2mini_tui.talk import heard as hear
from gpt2mini_tui.talk.talker import Talker
from gpt2mini_tui.widgets.sampling_controls import SamplingControls
from gpt2mini_tui.widgets.speaker import Speaker
from gpt2mini_tui.widgets.surprise import Legend

__all__ = ["SpeakingPlace"]

_STREAM = 1 / 25
"""Seconds between looks at what the models have written, while they write."""


class SpeakingPlace(ColumnsPlace):
    """What becomes of what they say; what they are asked is the business of the class below."""

    _streaming: Timer

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._has_written = self._wrote = False
        self._asked: dict[str, Value] = {}  # how the tokens are drawn that are written now
        self._gone: dict[int, int] = {}  # by slot: tokens of this answer that were written before a setting changed

    def on_mount(self) -> None:
        """Start the talker; it imports nothing before the first question."""
        self._talker = Talker(self._heard, self._failed, snapshot=self.lab.bridge.snapshot)
        self._streaming = self.set_interval(_STREAM, self._stream, pause=True)
        self.greet(FIRST)
        self.say_models()
        self.say_problem()

    def on_unmount(self) -> None:
        """Let the thread end."""
        self._talker.close()

    @property
    def is_writing(self) -> bool:
        """Whether any of them writes."""
        return any(self._talker.is_writing(one.slot) for one in self.speakers)

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
                self.say_models()
            case hear.Opened():
                speaker.is_opening, speaker.model = False, said
                self.say_problem()
                self.greet(FIRST)
                self.say_models()
                self.weigh()
                self._score_all()
                self.opened()
            case hear.Begun():
                self.say_problem()
                speaker.begin(said, self._asked)
                self.say_models()
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
        self.say_models()
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
