"""Talking to a model, which means: it goes on with a text, and shows at every token how surprised it was."""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.events import Click
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Label, Static

from gpt2mini.config import Sampling
from gpt2mini.errors import LabError
from gpt2mini.settings import specs
from gpt2mini_tui import heard as hear
from gpt2mini_tui import words
from gpt2mini_tui.heard import LIVE, Source
from gpt2mini_tui.history import History
from gpt2mini_tui.safe import safe
from gpt2mini_tui.screens.model_picker import ModelPicker, choices
from gpt2mini_tui.screens.reading import ReadingPlace
from gpt2mini_tui.shelf import CheckpointEntry, RunSummary
from gpt2mini_tui.talker import Talker
from gpt2mini_tui.turns import unescaped
from gpt2mini_tui.widgets.prompt_line import PromptLine
from gpt2mini_tui.widgets.sampling_controls import SamplingControls
from gpt2mini_tui.widgets.surprise import Legend
from gpt2mini_tui.widgets.token_bars import Bar, TokenBars
from gpt2mini_tui.widgets.transcript import Transcript

__all__ = ["ChatPlace"]

_STREAM = 1 / 25
"""Seconds between looks at what the model has written, while it writes."""
_REST = 0.1
"""Seconds without a key before the next token is weighed anew."""
_FIRST = "Plain continuation: a base model goes on with your text, it does not answer."
_NOBODY = "Nobody to talk to yet. Press Escape, then 1, and start a run: it can be asked while it trains."


class ModelLine(Static):
    """Which model is asked."""

    class Pressed(Message):
        """Another one is wanted."""

    def on_click(self, event: Click) -> None:
        """Ask for the list of models."""
        event.stop()
        self.post_message(self.Pressed())


class ChatPlace(ReadingPlace):
    """A transcript, what could come next beside it, and below them how to draw and what to go on with."""

    BINDING_GROUP_TITLE = "Chat"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "stop", "Stop", id="chat.stop", tooltip="Stop writing; otherwise, leave the prompt."),
        Binding("enter,i", "prompt", "Prompt", show=False, id="chat.prompt", tooltip="Go to the prompt."),
        Binding("ctrl+o", "choose", "Model", id="chat.choose", tooltip="Choose whom to talk to."),
        Binding("ctrl+t", "controls", "Controls", id="chat.controls", tooltip="Change how the next token is drawn."),
        Binding("ctrl+l", "clear", "Clear", id="chat.clear", tooltip="Forget the transcript."),
    ]

    _streaming: Timer
    _resting: Timer
    _talker: Talker

    def __init__(self, *, id: str = "chat") -> None:
        super().__init__(id=id)
        self._model: hear.Opened | None = None
        self._is_opening = self._has_written = False
        self._arrived: list[tuple[str, float]] = []
        self._bits = 0.0
        self._tokens = 0
        self._live_step = 0

    def compose(self) -> ComposeResult:
        """Make the parts."""
        yield ModelLine(id="chat-model", markup=False)
        with Horizontal(id="chat-body"):
            yield Transcript(id="chat-transcript")
            yield TokenBars(id="chat-next")
        yield Legend(id="chat-legend")
        yield Static(id="chat-problem", markup=False)
        yield SamplingControls(specs(Sampling), id="chat-controls")
        with Horizontal(id="chat-prompt-row"):
            yield Label("❯ ", markup=False)
            yield PromptLine(id="chat-prompt", placeholder=r"begin a text, press Enter; \n is a line break")

    def on_mount(self) -> None:
        """Start the talker; it imports nothing before the first question."""
        self._talker = Talker(self._heard, self._failed, snapshot=self.lab.bridge.snapshot)
        self._streaming = self.set_interval(_STREAM, self._stream, pause=True)
        self._resting = self.set_timer(_REST, self._weigh)
        self._greet(_FIRST)
        self._say_model()
        self._say_problem()

    def on_unmount(self) -> None:
        """Let the thread end."""
        self._talker.close()

    def enter(self) -> None:
        """Take the focus into the prompt; the first time, find somebody to talk to."""
        self.query_one(PromptLine).focus()
        if self._model is None and not self._is_opening:
            if self.lab.bridge.is_running:
                self._open(LIVE)
            else:
                self.errand("newest", self.shelf.newest, self._open_newest)

    def chat_with(self, path: Path | None) -> None:
        """Talk to a checkpoint, or to the run that is training now."""
        self._errands.stop("newest")
        self._open(LIVE if path is None else Source(path=path))

    def refresh_history(self, history: History) -> None:
        """Say how far the run has come that is being talked to."""
        self._live_step = history.step
        if self._model is not None and self._model.is_live:
            self._say_model()

    def _greet(self, sentence: str) -> None:
        """Say what this is about, as long as nothing else has been said."""
        if not self._has_written:
            transcript = self.query_one(Transcript)
            transcript.clear()
            transcript.note(sentence)

    # The model

    def _open_newest(self, found: tuple[CheckpointEntry, ...]) -> None:
        if found:
            self._open(Source(path=found[0].path))
        else:
            self._greet(_NOBODY)

    def _open(self, source: Source) -> None:
        self._finish("stopped")
        self._model = None
        self._is_opening = True
        self._talk(lambda: self._talker.open(source))

    def action_choose(self) -> None:
        """Show everything that can be talked to."""
        is_running = self.lab.bridge.is_running
        picker = ModelPicker(live=self.lab.history.run or "the run" if is_running else "")

        def chosen(source: Source | None) -> None:
            self._errands.stop("models")
            if source is not None:
                self._open(source)
            self.query_one(PromptLine).focus()

        def found(shelf: list[tuple[RunSummary, tuple[CheckpointEntry, ...]]]) -> None:
            picker.add([choice for run, entries in shelf for choice in choices(run, entries)])

        self.app.push_screen(picker, chosen)
        self.errand("models", self.shelf.models, found, then=picker.complete)

    @on(ModelLine.Pressed)
    def _model_pressed(self) -> None:
        self.action_choose()

    def _say_model(self) -> None:
        model, line = self._model, self.query_one(ModelLine)
        if model is None:
            line.update("reading the model" if self._is_opening else "no model yet")
            return
        step = f"step {model.step:,}"
        if model.is_live:
            step += f", training now at {self._live_step:,}" if self.lab.bridge.is_running else ", just trained"
        parts = [model.run or "a model", step, f"val {words.nats(model.val_loss)}", words.switches(model.changed)]
        line.update(safe(" · ".join(part for part in parts if part)))

    # What the talker says

    def _talk(self, ask: Callable[[], None]) -> None:
        ask()
        self._streaming.resume()

    def _stream(self) -> None:
        """Collect what has come in, and write it in one go."""
        self._talker.drain()
        self._flush()
        if not self._talker.is_busy:
            self._streaming.pause()
            self.refresh_bindings()

    def _flush(self) -> None:
        if self._arrived:
            self.query_one(Transcript).add(self._arrived)
            self._arrived = []

    def _heard(self, said: hear.Heard) -> None:
        match said:
            case hear.Loading():
                self._say_model()
            case hear.Opened():
                self._is_opening, self._model = False, said
                self._greet(_FIRST)
                self._say_model()
                self._weigh()
            case hear.Weighed():
                self._show_bars(said)
            case hear.Begun():
                self._begin(said)
            case hear.Spoken(text=text, bits=bits):
                self._arrived.append((text, bits))
                self._bits += bits
                self._tokens += 1
            case hear.Ended(seconds=seconds):
                self._finish(f"{self._tokens / max(seconds, 1e-9):,.0f} tokens/s")

    def _failed(self, error: LabError) -> None:
        if self._is_opening:
            self._is_opening = False
            self._say_model()
        self._flush()
        self._say_problem(str(error))

    def _begin(self, begun: hear.Begun) -> None:
        self._model, self._bits, self._tokens = begun.model, 0.0, 0
        self._has_written = True
        self._say_model()
        transcript = self.query_one(Transcript)
        for notice in begun.notices:
            transcript.note(notice)
        transcript.begin(begun.prompt)

    def _finish(self, ending: str) -> None:
        """Close the continuation that was under way with a line about it."""
        self._flush()
        if self._tokens and self._model is not None:
            mean = f"{self._bits / self._tokens:.2f} bits/token"
            who = f"{self._model.run or 'model'} step {self._model.step:,}"
            self.query_one(Transcript).end(f"{who} · {words.count(self._tokens, 'token')} · {mean} · {ending}")
        self._tokens = 0

    def _show_bars(self, weighed: hear.Weighed) -> None:
        bars = [Bar(one.text, one.share, one.is_cut) for one in weighed.candidates]
        vocabulary = self._model.vocab_size if self._model else 0
        notes = [
            f"entropy    {weighed.entropy:.2f} bits",
            f"as drawn   {weighed.drawn_entropy:.2f} bits",
            f"kept       {weighed.kept:,} of {vocabulary:,}",
        ]
        self.query_one(TokenBars).show(bars, title="what could come next", notes=notes)
        self._say_problem()

    # What is asked

    @on(Input.Changed, "#chat-prompt")
    def _typed(self) -> None:
        self._weigh_soon()

    @on(SamplingControls.Changed)
    def _turned(self) -> None:
        self._say_problem()
        self._weigh_soon()

    def _weigh_soon(self) -> None:
        self._resting.stop()
        self._resting = self.set_timer(_REST, self._weigh)

    def _weigh(self) -> None:
        controls = self.query_one(SamplingControls)
        if self._model is not None and not controls.problem:
            text, values = unescaped(self.query_one(PromptLine).value), controls.values
            self._talk(lambda: self._talker.weigh(text, values))

    @on(Input.Submitted, "#chat-prompt")
    def _submitted(self) -> None:
        controls, prompt = self.query_one(SamplingControls), self.query_one(PromptLine)
        if controls.problem:
            self._say_problem()
        elif self._model is None:
            self._say_problem("The model is still being read." if self._is_opening else "There is no model to ask yet.")
        else:
            self._finish("stopped")
            text, values = unescaped(prompt.value), controls.values
            prompt.remember()
            self._talk(lambda: self._talker.write(text, values))
            self.refresh_bindings()

    def action_stop(self) -> None:
        """Stop writing at once; where nothing is written, leave the prompt, so that the keys of the app work."""
        if self._talker.is_writing:
            self._talker.stop()
            self._finish("stopped")
        else:
            self.query_one(Transcript).focus()

    def action_prompt(self) -> None:
        """Go to the prompt."""
        self.query_one(PromptLine).focus()

    def action_controls(self) -> None:
        """Go to the first of the controls."""
        self.query_one(SamplingControls).query(Input).first().focus()

    def action_clear(self) -> None:
        """Empty the transcript."""
        self.query_one(Transcript).clear()

    def _say_problem(self, sentence: str = "") -> None:
        """Say what stands in the way, a setting that cannot be first; where nothing does, say what colours mean."""
        sentence = self.query_one(SamplingControls).problem or sentence
        line = self.query_one("#chat-problem", Static)
        line.display = bool(sentence)
        self.query_one(Legend).display = not sentence
        line.update(safe(sentence))
