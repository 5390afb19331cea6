"""X-ray: the same text, seen from inside a model, in six ways, and at every moment of a run that is still there."""

from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Label, Static

from gpt2mini.errors import LabError
from gpt2mini_tui.messages import ChatWith
from gpt2mini_tui.safe import safe
from gpt2mini_tui.screens.moment_line import MomentLine
from gpt2mini_tui.screens.moments import NOBODY, MomentsPlace
from gpt2mini_tui.screens.xray_keys import VIEW_KEYS, xray_keys
from gpt2mini_tui.talk.heard import LIVE, Source
from gpt2mini_tui.talk.turns import escaped, unescaped
from gpt2mini_tui.widgets.choice_line import Choice, ChoiceLine
from gpt2mini_tui.widgets.picture_view import PictureView
from gpt2mini_tui.widgets.prompt_line import PromptLine
from gpt2mini_tui.widgets.scale_line import ScaleLine
from gpt2mini_tui.xray.examiner import Answer, Examiner, Wish
from gpt2mini_tui.xray.moments import loaded_by

__all__ = ["XrayPlace"]

_COLLECT = 1 / 25
"""Seconds between looks at what the examiner has found."""
_REST = 0.15
"""Seconds without a key before a text that is typed is looked at."""


class XrayPlace(MomentsPlace):
    """A text and a model on top, a picture below them, and what is pointed at in words at the bottom."""

    BINDING_GROUP_TITLE = "X-ray"
    BINDINGS: ClassVar[list[BindingType]] = xray_keys()

    def __init__(self, *, id: str = "xray") -> None:
        super().__init__(id=id)
        self._view, self._layer = "attention", -1
        self._text: str | None = None
        self._is_typed = False

    def compose(self) -> ComposeResult:
        """Make the parts."""
        yield MomentLine(id="xray-moments")
        with Horizontal(id="xray-text-row"):
            yield Label("❯ ", markup=False)
            yield PromptLine(id="xray-text", placeholder=r"a text to look at; \n is a line break")
        yield ChoiceLine(id="xray-views")
        yield Static(id="xray-equation", markup=False)
        yield Static(id="xray-notice", markup=False)
        yield PictureView(id="xray-picture")
        with Horizontal(id="xray-foot"):
            yield Static(id="xray-read", markup=False)
            yield ScaleLine(id="xray-scale")

    def on_mount(self) -> None:
        """Start the examiner; it imports nothing before the first look."""
        self._examiner = Examiner(self._answered, self._failed, snapshot=self.lab.bridge.snapshot, home=self.lab.home)
        self._waiting = self.set_interval(_COLLECT, self._collect_answers, pause=True)
        self._resting = self.set_timer(_REST, self._type_on, pause=True)
        self._say_model()
        self._say_views()

    def on_unmount(self) -> None:
        """Let the thread end."""
        self._examiner.close()

    def on_resize(self) -> None:
        """Let the legend have as much room as there is."""
        self.query_one(ScaleLine).fit()
        self._say_views()

    def xray_with(self, path: Path | None, text: str | None = None) -> None:
        """Look into a checkpoint, a frame or a file, or into the run that is training now, while it reads a text."""
        self._errands.stop("newest")
        if text is not None:
            self._text, self._is_typed = text, True
            self.query_one(PromptLine).value = escaped(text)
        self._open(LIVE if path is None else Source(path=path))

    def action_chat(self) -> None:
        """Let the model that is looked into go on with the text."""
        if self._source is None:
            self.notify(NOBODY, markup=False)
        else:
            self.post_message(ChatWith(self._source.path, self._text or ""))

    def _open(self, source: Source, *, is_chosen: bool = True) -> None:
        """Look into another model; what nobody typed makes room for a text of its own."""
        if not self._is_typed:
            self._text = None
        super()._open(source, is_chosen=is_chosen)

    # What is asked, and what comes back

    def _ask(self) -> None:
        if self._source is not None:
            self._problem = None
            self._examiner.look(Wish(source=self._source, view=self._view, layer=self._layer, text=self._text))
            self._waiting.resume()

    def _collect_answers(self) -> None:
        self._examiner.drain()
        if not self._examiner.is_busy:
            self._waiting.pause()

    def _answered(self, answer: Answer) -> None:
        self._seen = answer.seen
        if self._text is None and not self._is_typed:
            self._text = answer.text
            self.query_one(PromptLine).value = escaped(answer.text)
        self._picture.show(answer.seen)
        self._say_model()
        self._say_views()
        self._say_what_is_pointed_at()

    def _failed(self, error: LabError) -> None:
        self._stop_playing()
        self._seen, self._problem = None, error
        self._picture.say(str(error))
        self._say_model()
        self._say_views()

    @on(Input.Changed, "#xray-text")
    def _typed(self, event: Input.Changed) -> None:
        if event.value != escaped(self._text or ""):
            self._is_typed = True
            self._resting.stop()
            self._resting = self.set_timer(_REST, self._type_on)

    def _type_on(self) -> None:
        text = unescaped(self.query_one(PromptLine).value)
        if text and text != self._text:
            self._text = text
            self._ask()

    @on(Input.Submitted, "#xray-text")
    def _submitted(self) -> None:
        self.query_one(PromptLine).remember()
        self._type_on()
        self._picture.focus()

    # How it is looked at

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer heads where there are heads."""
        return self._view == "attention" if action == "head" else super().check_action(action, parameters)

    def action_view(self, name: str) -> None:
        """Look in another way."""
        if name != self._view:
            self._view = name
            self.refresh_bindings()
            self._say_views()
            self._ask()

    @on(ChoiceLine.Chosen, "#xray-views")
    def _view_chosen(self, event: ChoiceLine.Chosen) -> None:
        self.action_view(event.key)

    def action_layer(self, layers: int) -> None:
        """Look at another layer: of attention there is one at a time, elsewhere it is pointed at."""
        if self._view != "attention":
            self._picture.action_point(layers, 0)
        elif self._seen is not None:
            self._layer = min(max(self._layer_now + layers, 0), self._seen.n_layer - 1)
            self._ask()

    @property
    def _layer_now(self) -> int:
        count = self._seen.n_layer if self._seen else 1
        return min(self._layer, count - 1) if self._layer >= 0 else count + self._layer

    def action_head(self, heads: int) -> None:
        """Look at another head."""
        self._picture.turn_head(heads)

    def action_zoom(self) -> None:
        """Draw one to one, or all at once."""
        self._picture.zoom()

    @on(PictureView.Looked)
    def _looked(self) -> None:
        self._say_views()
        self._say_what_is_pointed_at()

    def action_text(self) -> None:
        """Go to the text."""
        self.query_one(PromptLine).focus()

    def action_leave(self) -> None:
        """Stop playing; where nothing plays, leave the text, so that the keys of the place work."""
        self._stop_playing()
        self._picture.focus()

    def action_command(self) -> None:
        """Copy the command that shows the same, and say it."""
        seen, source = self._seen, self._source
        if seen is None or source is None:
            return
        load = loaded_by(source.path, seen.step, self.lab.store.root) or seen.run
        wish = Wish(source=source, view=self._view, layer=self._layer_now, text=self._text)
        line = wish.command(load, head=self._picture.head)
        self.app.copy_to_clipboard(line)
        self.notify(safe(line), title="Copied", markup=False)

    # What is said

    def _say_views(self) -> None:
        tabs = [Choice(name, name, hot=key) for key, name in VIEW_KEYS.items()]
        where = ""
        if self._seen is not None and self._view == "attention":
            head = min(self._picture.head, self._seen.n_head - 1)
            last = f" of 0–{self._seen.n_layer - 1}" if self.size.width >= 90 else ""  # else the views need the room
            where = f"layer {self._layer_now}{last}, head {head} "
        self.query_one("#xray-views", ChoiceLine).show(tabs, current=self._view, right=where)
        seen = self._seen
        self.query_one("#xray-equation", Static).update(f"{seen.view.equation}   {seen.view.shapes}" if seen else "")
        notice = self.query_one("#xray-notice", Static)
        notice.display = seen is not None and bool(seen.notices)
        notice.update(safe(" ".join(seen.notices)) if seen else "")

    def _say_what_is_pointed_at(self) -> None:
        picture = self._picture.picture
        self.query_one("#xray-read", Static).update(safe(picture.read()) if picture else "")
        self.query_one(ScaleLine).show(picture.scale if picture else None)
