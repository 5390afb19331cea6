"""The lab in a terminal: it wires the places and the session together, and does nothing else.

The first frame comes before anything heavy is imported; the rest is mounted right after it. From then on, four times a
second, the place in front shows what has come in. Nothing here waits, and nothing here imports torch.
"""

import sys
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import ContentSwitcher

from gpt2mini.commands import Stop
from gpt2mini.config import Config, ModelConfig
from gpt2mini.paths import Home
from gpt2mini_tui import messages, words
from gpt2mini_tui.messages import BehindAsked, ResumeAsked, SetupAsked, StartRun, Tell
from gpt2mini_tui.offering import OfferingApp
from gpt2mini_tui.personal.habits import Habits
from gpt2mini_tui.personal.themes import DARK, LIGHT, with_defaults
from gpt2mini_tui.places import PLACES, place_keys
from gpt2mini_tui.safe import safe
from gpt2mini_tui.screens.place import Place
from gpt2mini_tui.screens.places import make_place
from gpt2mini_tui.screens.train import TrainPlace
from gpt2mini_tui.setup.plan import ForkRun, NewRun, Plan, ResumeRun
from gpt2mini_tui.widgets.place_bar import PlaceBar

if TYPE_CHECKING:
    from gpt2mini.runs import Store
    from gpt2mini_tui.widgets.too_small import TooSmall

__all__ = ["LabApp"]

REFRESH = 0.25
"""Seconds between two looks at what the trainer has left."""


class LabApp(OfferingApp):
    """The app; `run` returns the exit code."""

    TITLE = "gpt2mini"
    CSS_PATH = "app.tcss"
    AUTO_FOCUS = "#train"
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012  # to mypy, what Textual declares here is no ClassVar
        (0, "-cramped"),
        (60, "-tight"),
        (80, "-narrow"),
        (100, "-normal"),
        (160, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (16, "-low"), (22, "-short"), (30, "-tall")]  # noqa: RUF012  # the same
    BINDINGS: ClassVar[list[BindingType]] = [
        *place_keys(),
        Binding("question_mark,f1", "help", "Help", id="app.help", tooltip="Keys and charts."),
        Binding("f8", "picture", "Screenshot", id="app.picture", show=False, tooltip="Save the screen as a picture."),
        Binding("f2,ctrl+o", "jump", "Jump", id="app.jump", show=False, tooltip="Go anywhere by a letter."),
        Binding("Q", "queue", "Queue", id="app.queue", show=False, tooltip="What is trained next."),
        Binding("q", "quit", "Quit", id="app.quit", tooltip="Save and leave; the run can be resumed."),
        Binding("ctrl+q", "quit", "Quit", id="app.quit_anywhere", show=False, priority=True, tooltip="Save and leave."),
        Binding(
            "ctrl+c",
            "interrupt",
            "Copy or quit",
            id="app.interrupt",
            show=False,
            priority=True,
            tooltip="Copy what is selected; where nothing is, save and leave.",
        ),
    ]

    def __init__(
        self,
        home: Home,
        plan: NewRun | None = None,
        *,
        watch: str = "",
        refresh: float = REFRESH,
        habits: Habits = Habits(),
        folder: Path | None = None,
        measures: bool = False,
    ) -> None:
        """`plan` is what `s` starts, by default GPT-2 on tales; `watch` a run to show; habits lie in `folder`.

        With `measures`, this machine is measured where nothing tells yet how fast it is.
        """
        super().__init__(home, habits, folder, measures=measures)
        self._refresh_every = refresh
        self._is_planned = plan is not None
        self._plan = plan or NewRun(config=Config(model=ModelConfig(vocab_size=1)))
        self._watch = watch
        self._shown: object = None  # what the place in front has been told
        self._too_small: TooSmall | None = None  # what a window without room shows; not there for the first frame
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = DARK.name

    @cached_property
    def store(self) -> "Store":
        """The runs on the disk."""
        from gpt2mini.runs import Store

        return Store(self.home.checkpoints)

    def compose(self) -> ComposeResult:
        yield PlaceBar(PLACES, current="train", id="places")
        with ContentSwitcher(initial="train", id="place"):
            yield TrainPlace(self._plan, id="train", view=self._view)

    def on_mount(self) -> None:
        self.take_up_habits()
        self.keep_title()
        self.call_after_refresh(self._wake)

    async def _wake(self) -> None:
        """Mount what the first frame did without, and begin to look at the trainer."""
        from textual.widgets import Footer

        from gpt2mini_tui.widgets.too_small import TooSmall

        self.stylesheet.read(Path(__file__).with_name("screens") / "train.tcss")
        waiting = self.session.recall()
        has_runs = self.store.has_runs()
        await self.train_place.fill(has_runs=has_runs)
        self._too_small = TooSmall(id="too-small")
        await self.mount(Footer(compact=True), self._too_small)
        self._show()
        self.set_interval(self._refresh_every, self._pull)
        if self._watch:
            await self.show_run(self._watch)
        elif self.habits.place in PLACES and not self._is_planned and has_runs:  # with none, what to press comes first
            await self.action_place(self.habits.place)
        self.find_left_over(is_told=self.place is not self.train_place)
        self.find_pace()
        if waiting:
            runs = words.count(waiting, "run")
            self.notify(f"{runs} left in the queue the last time. Q shows it, s there starts.", markup=False)

    def get_css_variables(self) -> dict[str, str]:
        """Return the variables of the theme, with those that only we use."""
        theme = self.current_theme
        return with_defaults(super().get_css_variables(), ansi=theme.ansi, dark=theme.dark)

    # From the trainer to the screen

    def _pull(self) -> None:
        """Take what came in, and let the place in front show it."""
        if not self.is_running:  # the screen is being taken down
            return
        self.take_offers()
        for saying in self.session.pull():
            self.notify(safe(saying.text), title=saying.title, severity=saying.severity, markup=False)
        if not self.is_leaving and (plan := self.session.next_up()) is not None:
            self.session.begin(plan)
        self._show()
        self.tidy()
        self.leave_once_saved()

    def _show(self) -> None:
        place = self.place
        self.session.keep()
        now = (self.history, self.session.version, place, len(self.session.queue), self.session.is_held)
        if now != self._shown:
            self._shown = now
            self.announce(self.history)
            place.refresh_history(self.history)
            status = Content(self._waiting()) if isinstance(place, TrainPlace) else self._summary()
            self.query_one(PlaceBar).show(current=place.id or "", status=status)
            if self._too_small is not None:
                self._too_small.show(self.history)

    def _summary(self) -> Content:
        from gpt2mini_tui.widgets.status_header import summary

        return Content("  ".join(filter(None, (safe(summary(self.history)), self._waiting()))))

    def _waiting(self) -> str:
        """Return how many runs wait for their turn."""
        queue = self.session.queue
        return f"{len(queue)} queued{', held: Q' if self.session.is_held else ''}" if queue else ""

    # What the places ask for

    async def on_start_run(self, message: StartRun) -> None:
        """Train a new run."""
        await self._begin(message.plan)

    def on_setup_asked(self, message: SetupAsked) -> None:
        """Open the form of a new run, and train what comes of it."""
        from gpt2mini_tui.screens.setup import SetupScreen

        async def take(plan: NewRun | ForkRun | None) -> None:
            if plan is None:
                return
            if isinstance(plan, NewRun):
                self.train_place.take_plan(plan)
            await self._begin(plan)

        # A run that trains will tell how fast this machine is, and is not to be disturbed.
        measures = self.measures and not self.bridge.is_running
        message.form.is_taken = lambda name: (self.home.checkpoints / name).exists()
        self.push_screen(SetupScreen(message.form, self.home, title=message.title, measures=measures), take)

    async def on_resume_asked(self, message: ResumeAsked) -> None:
        """Go on with a run of the store."""
        await self._begin(ResumeRun(name=message.name, checkpoint=message.checkpoint))

    def on_unwatch_asked(self, _: messages.UnwatchAsked) -> None:
        """Let go of the run that is watched, and offer to look on again."""
        self.session.unwatch()
        self.offer(self.session.watched)
        self._show()

    async def show_run(self, name: str) -> None:
        """Bring a run of the store to the Train place; whatever trains here stays in front."""
        if self.bridge.is_running and self.history.run != name:
            self.notify("A run is training here. Stop it first: 1, then x.", severity="warning", markup=False)
            return
        if not self.bridge.is_running:
            self.session.watch(self.store.get(name))
        await self.action_place("train")

    def on_tell(self, message: Tell) -> None:
        """Hand a command to the trainer."""
        if self.history.is_watched and not self.bridge.is_running:
            self.notify("Another process trains this run; here it can only be watched.", markup=False)
        elif self.session.played is not None and not isinstance(message.command, Stop):
            self.notify("This run belongs to a card, which changes nothing while it is played: 6.", markup=False)
        elif isinstance(message.command, Stop):
            self.bridge.stop()
        else:
            self.bridge.send(message.command)

    def on_behind_asked(self, _: BehindAsked) -> None:
        """Let somebody choose the run that is drawn behind the one in front."""
        from gpt2mini_tui.runs.shelf import Story
        from gpt2mini_tui.screens.run_picker import RunPicker

        def take(story: Story | None) -> None:
            self.train_place.draw_behind(None if story is None else story.history)

        self.push_screen(RunPicker(self.store, but=self.history.run), take)

    async def on_play_asked(self, message: messages.PlayAsked) -> None:
        """Play a card, and stay where it was asked for."""
        await self._begin(message.plan, place="learn")

    def on_place_looked(self, message: Place.Looked) -> None:
        """Remember how a place is looked at."""
        self._view |= message.view

    async def _begin(self, plan: Plan, *, place: str = "train") -> None:
        if self.bridge.is_running:
            self.session.queue.append(plan)
            self.notify("A run is training. This one waits for it: Q shows the queue.", markup=False)
            self._show()
            return
        self.session.begin(plan)
        await self.action_place(place)
        self._show()

    # Actions

    async def action_place(self, name: str) -> None:
        """Bring a place to the front; the first time it has to be made."""
        switcher = self.query_one("#place", ContentSwitcher)
        if not switcher.query_children(f"#{name}"):
            place = make_place(name)
            self.stylesheet.read(Path(str(sys.modules[type(place).__module__].__file__)).with_suffix(".tcss"))
            place.take_up(self._view)
            await switcher.add_content(place)
        switcher.current = name
        left = self.train_place.unfinished
        if name == "train" and self.history.status == "idle" and left is not None:  # it may have been deleted meanwhile
            self.offer(left.name)
        self.place.enter()
        self._show()

    def action_queue(self) -> None:
        """Show what is trained next."""
        from gpt2mini_tui.screens.queue import QueueScreen

        self.push_screen(QueueScreen(self.session))

    @property
    def place(self) -> Place:
        """The place in front."""
        current = self.query_one("#place", ContentSwitcher).current
        return self.query_one(f"#{current}", Place)
