"""A place that looks into one model, at one moment of its run: chosen, gone through, played, or followed live."""

from textual import on

from gpt2mini.errors import LabError, UsageError
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.runs.shelf import CheckpointEntry, RunSummary
from gpt2mini_tui.safe import safe
from gpt2mini_tui.screens.model_picker import ModelPicker, choices
from gpt2mini_tui.screens.moment_line import MomentLine
from gpt2mini_tui.screens.reading import ReadingPlace
from gpt2mini_tui.talk.heard import LIVE, Source
from gpt2mini_tui.widgets.choice_line import ChoiceLine
from gpt2mini_tui.widgets.picture_view import PictureView
from gpt2mini_tui.xray.examiner import Examiner
from gpt2mini_tui.xray.moments import Moment, moments_at, run_name
from gpt2mini_tui.xray.seen import Seen

__all__ = ["NOBODY", "MomentsPlace"]

_FRAME = 0.6
"""Seconds that each moment stays while a run is played."""
_FOLLOW = 2.0
"""Seconds between two looks at the run that is training."""
NOBODY = "Nothing to look into yet. Press 1 and start a run: it can be looked into while it trains."
_UNREADABLE = "this model cannot be looked into; m chooses another"


class MomentsPlace(ReadingPlace):
    """Knows whom to look into, and when; what is looked at, and how, is for the place that derives from it."""

    _examiner: Examiner

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._source: Source | None = None
        self._seen: Seen | None = None
        self._live_step = 0
        self._is_playing = self._is_chosen = False
        self._problem: LabError | None = None  # why there is nothing to see of the model
        self._walked_in = ""  # the run to another moment of which somebody went

    def on_mount(self) -> None:
        """Rest until somebody comes."""
        self._following = self.set_interval(_FOLLOW, self._follow, pause=True)
        self._playing = self.set_interval(_FRAME, self._play_on, pause=True)

    def on_hide(self) -> None:
        """Rest."""
        self._following.pause()
        self._stop_playing()

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

    def refresh_history(self, history: History) -> None:
        """Say how far the run has come that is looked into."""
        self._live_step = history.step
        if self._source is not None and self._source.path is None:
            self._say_model()

    def look(self, *, is_glance: bool = False) -> None:
        """See which moments of the run there are now."""
        self._read_moments()

    def _open_newest(self, found: tuple[CheckpointEntry, ...]) -> None:
        if found:
            self._open(Source(path=found[0].path), is_chosen=False)
        else:
            self._picture.say(NOBODY)

    def _is_of_run(self) -> bool:
        """Whether it is the run that trains, now or at the moment that somebody went to, and not one before it."""
        run = self.lab.history.run
        if self._source is None or self._source.path is not None:
            return self._walked_in == run != ""
        return self._problem is None and (self._seen is None or self._seen.run == run)

    def _open(self, source: Source, *, is_chosen: bool = True) -> None:
        """Look into another model; one that nobody chose makes room for the next run."""
        self._stop_playing()
        self._source, self._walked_in = source, ""
        self._is_chosen = is_chosen and source.path is not None
        self._line.moments = ()
        self._line.look_at(source.path)
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

    @on(MomentLine.Chosen, "#xray-moments")
    def _moment_chosen(self, event: ChoiceLine.Chosen) -> None:
        self._stop_playing()
        self._go_to(self._line.named(event.key))

    def _ask(self) -> None:
        """Look at the model as it is at this moment."""
        raise NotImplementedError

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
            hint=self._hint(),
            live_step=self._live_step,
            is_training=self.lab.bridge.is_running,
            is_playing=self._is_playing,
        )

    def _hint(self) -> str:
        """Return what stands where the moment is named while nothing is seen of it."""
        if self._source is None:
            return "no model yet"
        if isinstance(self._problem, UsageError):  # it is the view that is wrong, not the model
            path = self._source.path
            name = self.lab.history.run if path is None else self._source.run or run_name(path) or path.name
            return f"{safe(name)} has no such view; m chooses another model"
        return "reading the model" if self._problem is None else _UNREADABLE
