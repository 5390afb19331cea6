"""X-ray: the same text, seen from inside a model, in six ways, and at every moment of a run that is still there."""

from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Label, Static

from gpt2mini.errors import LabError
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.messages import ChatWith
from gpt2mini_tui.runs.shelf import CheckpointEntry, RunSummary
from gpt2mini_tui.safe import safe
from gpt2mini_tui.screens.model_picker import ModelPicker, choices
from gpt2mini_tui.screens.moment_line import MomentLine
from gpt2mini_tui.screens.reading import ReadingPlace
from gpt2mini_tui.screens.xray_keys import VIEW_KEYS, xray_keys
from gpt2mini_tui.talk.heard import LIVE, Source
from gpt2mini_tui.talk.turns import escaped, unescaped
from gpt2mini_tui.widgets.choice_line import Choice, ChoiceLine
from gpt2mini_tui.widgets.picture_view import PictureView
from gpt2mini_tui.widgets.prompt_line import PromptLine
from gpt2mini_tui.widgets.scale_line import ScaleLine
from gpt2mini_tui.xray.examiner import Answer, Examiner, Wish
from gpt2mini_tui.xray.moments import Moment, loaded_by, moments_at, run_name
from gpt2mini_tui.xray.seen import Seen

__all__ = ["XrayPlace"]

_COLLECT = 1 / 25
"""Seconds between looks at what the examiner has found."""
_REST = 0.15
"""Seconds without a key before a text that is typed is looked at."""
_FRAME = 0.6
"""Seconds that each moment stays while a run is played."""
_FOLLOW = 2.0
"""Seconds between two looks at the run that is training."""
_NOBODY = "Nothing to look into yet. Press 1 and start a run: it can be looked into while it trains."
_UNREADABLE = "this model cannot be looked into; m chooses another"


class XrayPlace(ReadingPlace):
    """A text and a model on top, a picture below them, and what is pointed at in words at the bottom."""

    BINDING_GROUP_TITLE = "X-ray"
    BINDINGS: ClassVar[list[BindingType]] = xray_keys()

    _examiner: Examiner

    def __init__(self, *, id: str = "xray") -> None:
        super().__init__(id=id)
        self._source: Source | None = None
        self._view, self._layer = "attention", -1
        self._text: str | None = None
        self._seen: Seen | None = None
        self._live_step = 0
        self._is_playing = self._is_typed = self._is_chosen = self._has_failed = False
        self._walked_in = ""  # the run to another moment of which somebody went

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
        self._following = self.set_interval(_FOLLOW, self._follow, pause=True)
        self._playing = self.set_interval(_FRAME, self._play_on, pause=True)
        self._resting = self.set_timer(_REST, self._type_on, pause=True)
        self._say_model()
        self._say_views()

    def on_unmount(self) -> None:
        """Let the thread end."""
        self._examiner.close()

    def on_hide(self) -> None:
        """Rest."""
        self._following.pause()
        self._stop_playing()

    def on_resize(self) -> None:
        """Let the legend have as much room as there is."""
        self.query_one(ScaleLine).fit()
        self._say_views()

    def enter(self) -> None:
        """Take the focus into the picture; the first time, find something to look into."""
        self.take_focus(self._picture)
        self._following.resume()
        if self.lab.bridge.is_running:
            if not (self._is_chosen or self._is_of_run()):
                self._errands.stop("newest")
                self._open(LIVE)
        elif self._source is None:
            self.errand("newest", self.shelf.newest, self._open_newest)

    def xray_with(self, path: Path | None, text: str | None = None) -> None:
        """Look into a checkpoint, a frame or a file, or into the run that is training now, while it reads a text."""
        self._errands.stop("newest")
        if text is not None:
            self._text, self._is_typed = text, True
            self.query_one(PromptLine).value = escaped(text)
        self._open(LIVE if path is None else Source(path=path))

    def refresh_history(self, history: History) -> None:
        """Say how far the run has come that is looked into."""
        self._live_step = history.step
        if self._source is not None and self._source.path is None:
            self._say_model()

    def look(self, *, is_glance: bool = False) -> None:
        """See which moments of the run there are now."""
        self._read_moments()

    # The model and its moments

    def _open_newest(self, found: tuple[CheckpointEntry, ...]) -> None:
        if found:
            self._open(Source(path=found[0].path), is_chosen=False)
        else:
            self._picture.say(_NOBODY)

    def _is_of_run(self) -> bool:
        """Whether it is the run that trains, now or at the moment that somebody went to, and not one before it."""
        run = self.lab.history.run
        if self._source is None or self._source.path is not None:
            return self._walked_in == run != ""
        return not self._has_failed and (self._seen is None or self._seen.run == run)

    def _open(self, source: Source, *, is_chosen: bool = True) -> None:
        """Look into another model; what nobody typed or chose makes room for a text of its own, for the next run."""
        self._stop_playing()
        self._source, self._walked_in = source, ""
        self._is_chosen = is_chosen and source.path is not None
        self._line.moments = ()
        self._line.look_at(source.path)
        if not self._is_typed:
            self._text = None
        self._read_moments()
        self._ask()

    def _read_moments(self) -> None:
        source, name = self._source, self.lab.history.run
        if source is None or self.is_reading("moments"):
            return
        live = self.lab.store.root / name if name else None
        self.errand("moments", lambda: moments_at(source.path, live), self._show_moments)

    def _show_moments(self, found: tuple[str, tuple[Moment, ...]]) -> None:
        name, moments = found
        if name == self.lab.history.run and self.lab.bridge.is_running:
            moments += (Moment(step=-1, path=None),)
        if moments != self._line.moments:
            self._line.moments = moments
            self._say_model()

    def action_moment(self, moments: int) -> None:
        """Look at an earlier or a later moment of the same run."""
        self._stop_playing()
        moment = self._line.beside(moments)
        if moment is not None:
            self._go_to(moment)

    def _go_to(self, moment: Moment) -> None:
        self._source = Source(run=self._source.run if self._source else "", path=moment.path)
        self._walked_in = run_name(moment.path)
        self._is_chosen = self._is_chosen and moment.path is not None
        self._line.look_at(moment.path)
        self._ask()
        self._say_model()

    def action_play(self) -> None:
        """Go through all moments one after another, or stop where it is."""
        moments = self._line.moments
        if self._is_playing:
            self._stop_playing()
        elif len(moments) > 1:
            self._is_playing = True
            if self._line.beside(1) is None:
                self._go_to(moments[0])
            self._playing.resume()
            self._say_model()
        else:
            self.notify("There is only this one moment to look at.", markup=False)

    def _play_on(self) -> None:
        if self._examiner.is_busy:  # the moment before is not seen yet
            return
        moment = self._line.beside(1)
        if moment is not None:
            self._go_to(moment)
        if self._line.beside(1) is None:
            self._stop_playing()

    def _stop_playing(self) -> None:
        if self._is_playing:
            self._is_playing = False
            self._playing.pause()
            self._say_model()

    def _follow(self) -> None:
        """Look again at the run that is training, if it has taken a step since."""
        is_live = self._source is not None and self._source.path is None
        if is_live and self._seen is not None and self._seen.step != self._live_step and not self._examiner.is_busy:
            self._ask()

    def action_choose(self) -> None:
        """Show everything that can be looked into."""
        is_running = self.lab.bridge.is_running
        picker = ModelPicker(live=self.lab.history.run or "the run" if is_running else "", title="Look into")

        def chosen(source: Source | None) -> None:
            self._errands.stop("models")
            if source is not None:
                self._open(source)
            self._picture.focus()

        def found(shelf: list[tuple[RunSummary, tuple[CheckpointEntry, ...]]]) -> None:
            picker.add([choice for run, entries in shelf for choice in choices(run, entries)])

        self.app.push_screen(picker, chosen)
        self.errand("models", self.shelf.models, found, then=picker.complete)

    def action_chat(self) -> None:
        """Let the model that is looked into go on with the text."""
        if self._source is None:
            self.notify(_NOBODY, markup=False)
        else:
            self.post_message(ChatWith(self._source.path, self._text or ""))

    @on(MomentLine.Chosen, "#xray-moments")
    def _moment_chosen(self, event: ChoiceLine.Chosen) -> None:
        self._stop_playing()
        self._go_to(self._line.named(event.key))

    # What is asked, and what comes back

    def _ask(self) -> None:
        if self._source is not None:
            self._has_failed = False
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
        self._seen, self._has_failed = None, True
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

    @property
    def _picture(self) -> PictureView:
        return self.query_one(PictureView)

    @property
    def _line(self) -> MomentLine:
        return self.query_one(MomentLine)

    def _say_model(self) -> None:
        self._line.tell(
            self._seen,
            hint=_UNREADABLE if self._has_failed else "reading the model" if self._source else "no model yet",
            live_step=self._live_step,
            is_training=self.lab.bridge.is_running,
            is_playing=self._is_playing,
        )

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
