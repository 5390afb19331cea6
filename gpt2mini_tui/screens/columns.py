"""A place with models in columns: choosing them, setting one beside another, keeping up with a run that trains."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from textual import on
from textual.containers import Horizontal

from gpt2mini_tui.folds.history import History
from gpt2mini_tui.runs.shelf import CheckpointEntry, RunSummary
from gpt2mini_tui.screens.model_picker import ModelPicker, choices
from gpt2mini_tui.screens.reading import ReadingPlace
from gpt2mini_tui.screens.talk_form import Talk
from gpt2mini_tui.talk.heard import LIVE, Source
from gpt2mini_tui.talk.talker import Talker
from gpt2mini_tui.widgets.speaker import ModelLine, Speaker

__all__ = ["FIRST", "ColumnsPlace"]

FIRST = "Plain continuation: a base model goes on with your text, it does not answer."
"""What is said before anybody has been asked."""
_NOBODY = "Nobody to talk to yet. Press Escape, then 1, and start a run: it can be asked while it trains."
_MOST = 4
"""Models that can be asked at once."""


class ColumnsPlace(ReadingPlace):
    """Who is there to be asked; asking them and hearing them is the business of the class below."""

    _talker: Talker

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._front = 0
        self._live_step = 0
        self.talk = Talk()
        """How the conversation goes."""

    @property
    def speakers(self) -> list[Speaker]:
        """The models, from left to right."""
        return list(self.query(Speaker))

    @property
    def front(self) -> Speaker:
        """The one that is looked at."""
        return next((one for one in self.speakers if one.slot == self._front), self.speakers[0])

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
        self.say_models()

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
        self.say_models()

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

    def say_models(self) -> None:
        """Say in each column who it is."""
        step = self._live_step if self.lab.bridge.is_running else None
        for speaker in self.speakers:
            speaker.say_model(step)

    # What the class below knows

    def ask(self, question: Callable[[], None]) -> None:
        """Ask something, and listen."""
        raise NotImplementedError

    def finish(self, ending: str) -> None:
        """Let everybody stop at once."""
        raise NotImplementedError

    def greet(self, sentence: str) -> None:
        """Say what this is about, as long as nothing else has been said."""
        raise NotImplementedError

    def say_problem(self, sentence: str = "") -> None:
        """Say what stands in the way."""
        raise NotImplementedError
