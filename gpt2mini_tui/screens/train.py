"""The place where a run is started, watched and broken.

The first frame shows only the invitation; everything else is imported and mounted right after it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from gpt2mini.commands import Adjust, Command, Continue, Pause, Sample, Save, Set, Step, Stop
from gpt2mini.config import ADJUSTABLE
from gpt2mini.errors import UsageError
from gpt2mini.settings import Value
from gpt2mini_tui.messages import BehindAsked, ResumeAsked, SetupAsked, StartRun, Tell, UnwatchAsked, WatchAsked
from gpt2mini_tui.screens.looking import VIEW_KEYS, LookingPlace
from gpt2mini_tui.screens.train_keys import run_keys, switch_keys
from gpt2mini_tui.setup.offers import offers, tiny
from gpt2mini_tui.setup.plan import NewRun
from gpt2mini_tui.switches import title
from gpt2mini_tui.widgets.welcome import Invitation, Welcome

if TYPE_CHECKING:
    from gpt2mini_tui.folds.history import History
    from gpt2mini_tui.folds.unfinished import Unfinished
    from gpt2mini_tui.screens.bench import Bench
    from gpt2mini_tui.setup.estimates import Pace
    from gpt2mini_tui.widgets.switch_panel import SwitchPanel

__all__ = ["TrainPlace"]

_HIGH = 0.1  # a learning rate ten times the highest that is usual


class TrainPlace(LookingPlace):
    """Turns keys into commands, and shows only what came back."""

    BINDING_GROUP_TITLE = "Train"
    BINDINGS: ClassVar[list[BindingType]] = [*run_keys(), *switch_keys(), *VIEW_KEYS]

    def __init__(self, plan: NewRun, *, id: str | None = None, view: Mapping[str, object] | None = None) -> None:
        """`plan` is what `s` starts; switches that are flipped while nothing trains change it. `view` is remembered."""
        super().__init__(id=id)
        self._remembered = view or {}
        self.plan = plan
        self._bench: Bench | None = None
        self._history: History | None = None
        self._small: NewRun | None = None
        """The tiny run that is being prepared; from its first event on, the history knows its settings."""
        self._was_preparing = False
        self._wish = ""  # what was asked and has not happened yet
        self._status = "idle"  # as the keys in the footer were last offered
        self._save_asked = math.inf  # at which step a checkpoint was asked for
        self._prompt = ""  # the last one that was sampled from
        self._started: set[str] = set()  # names of runs that were started here

    def compose(self) -> ComposeResult:
        yield Welcome(classes="first")

    def on_mount(self) -> None:
        self.query_one(Welcome).show(Invitation(offers=offers(self.plan)))

    async def fill(self, *, has_runs: bool = False) -> None:
        """Mount everything that the first frame did without; `has_runs` tells whether there are any on the disk."""
        from gpt2mini_tui.charts.viewpoint import Viewpoint
        from gpt2mini_tui.screens.bench import Bench

        bench = Bench(self.plan, has_runs=has_runs)
        bench.view = Viewpoint.from_plain(self._remembered)
        with self.app.batch_update():
            await self.query_one(".first").remove()
            await self.mount(bench)
        self._bench = bench
        self.refresh_bindings()

    def refresh_history(self, history: "History") -> None:
        """Show how the run stands now."""
        self._history = history
        status = "watching" if history.is_watched and history.is_under_way else history.status
        if status != self._status:
            self._wish, self._status = "", status
            self.refresh_bindings()
        if history.saved is not None and history.saved.x >= self._save_asked:  # which is known some steps later
            self._save_asked = math.inf
            self.notify(f"Saved at step {history.saved.x:,.0f}.", timeout=3, markup=False)
        self._refresh()

    def offer(self, run: "Unfinished | None") -> None:
        """Offer to go on with a run where none is open, or with none."""
        if self._bench is not None and self._bench.unfinished != run:
            self._bench.unfinished = run
            self.refresh_bindings()
            self._refresh()

    def tell_runs(self, runs: int) -> None:
        """Say how many runs there are on the disk."""
        if self._bench is not None:
            self._bench.runs = runs
            self._refresh()

    def tell_pace(self, paces: "Sequence[Pace]", *, is_measuring: bool = False) -> None:
        """Say how long a run takes here, by what was measured or trained before; or that this is being found out."""
        if self._bench is not None:
            self._bench.pace = tuple(paces), is_measuring
            self._refresh()

    @property
    def unfinished(self) -> "Unfinished | None":
        """The run that is offered."""
        return self._bench.unfinished if self._bench is not None else None

    @property
    def _left_over(self) -> str:
        """The status of the run that could go on, as far as it can; nothing where there is none."""
        run = self.unfinished
        return run.status if run is not None and (run.status == "running" or run.saved is not None) else ""

    def _refresh(self) -> None:
        if self._bench is not None and self._history is not None:
            is_preparing = self._history.status == "preparing"
            if self._was_preparing and not is_preparing:  # it trains, or it was given up
                self._small = None
            self._was_preparing = is_preparing
            plan = self._small if is_preparing and self._small is not None else self.plan
            self._bench.show(self._history, plan, wish=self._wish)

    # What is asked

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what makes sense as the run stands."""
        match action:
            case "setup_next":
                return self._status in ("preparing", "training", "paused")
            case "start":
                return self._status not in ("preparing", "training", "paused", "watching")
            case "setup":
                return self._status not in ("preparing", "training", "paused")
            case "tiny":
                return self._status == "idle" and self._quick is not None
            case "unwatch":
                return self._status == "watching"
            case "follow":
                return self._status == "idle" and self._left_over == "running"
            case "pause":
                return self._status == "training"
            case "resume":
                left = self._status == "idle" and self._left_over in ("stopped", "interrupted")
                return left or self._status in ("paused", "stopped", "interrupted")
            case "step":
                return self._status == "paused"
            case "save" | "sample" | "sample_from":
                return self._status in ("training", "paused")
            case "stop":
                return self._status in ("preparing", "training", "paused")
            case "switches":
                return self._bench is not None and not self._bench.switches.has_focus
        return super().check_action(action, parameters)

    def action_start(self) -> None:
        """Train the plan, with every switch that was asked just before; once its name is taken, under the next one."""
        self._plan_pending()
        if self.plan.name and self.plan.name in self._started:
            self.plan = replace(self.plan, name=_next_name(self.plan.name))
        self._started.add(self.plan.name)
        self._small = None
        self.post_message(StartRun(self.plan))

    def _plan_pending(self) -> None:
        for name, value in (self._bench.switches.pending if self._bench is not None else {}).items():
            self._plan_switch(name, value)

    @property
    def _quick(self) -> NewRun | None:
        return tiny(self.plan)

    def action_tiny(self) -> None:
        """Train the plan with the sizes of the smallest preset; `s` starts the plan itself as before."""
        self._plan_pending()
        self._small = self._quick
        if self._small is not None:
            self.post_message(StartRun(self._small))

    def action_setup(self) -> None:
        """Open the form of a new run, with what `s` would start in it."""
        from gpt2mini_tui.setup.form import Form

        form = Form(config=self.plan.config, threads=self.plan.threads)
        self.post_message(SetupAsked(form, "new run"))

    def action_setup_next(self) -> None:
        """Open the form of the run that is trained after this one."""
        self.action_setup()

    def take_plan(self, plan: NewRun) -> None:
        """Let `s` start this again, under the next name."""
        self.plan = plan
        self._started.add(plan.name)
        self._refresh()

    def action_pause(self) -> None:
        """Wait after this step."""
        self._tell(Pause(), wish="pausing")

    def action_resume(self) -> None:
        """Go on, also with a run that was stopped."""
        if self._status == "paused":
            self._tell(Continue(), wish="going on")
        elif self._status == "idle" and self.unfinished is not None:
            self.post_message(ResumeAsked(self.unfinished.name))
        elif self._history is not None:
            self.post_message(ResumeAsked(self._history.run))

    def action_follow(self) -> None:
        """Watch the run that another process trains."""
        if self.unfinished is not None:
            self.post_message(WatchAsked(self.unfinished.name))

    def action_unwatch(self) -> None:
        """Let go of the run that another process trains; it goes on without us."""
        self.post_message(UnwatchAsked())

    def action_step(self) -> None:
        """Take one step, then wait again."""
        self._tell(Step())

    def action_stop(self) -> None:
        """Save and end the run."""
        self._tell(Stop(), wish="stopping")

    def action_save(self) -> None:
        """Write a checkpoint now."""
        self._save_asked = self._history.step if self._history is not None else 0
        self._tell(Save())

    def action_sample(self) -> None:
        """Let the model write now."""
        self._tell(Sample())

    def action_sample_from(self) -> None:
        """Ask for a prompt, and let the model go on from it."""
        from gpt2mini_tui.screens.asking import AskScreen, Question

        def take(texts: list[str] | None) -> None:
            if texts is not None:
                self._prompt = texts[0]
                self._tell(Sample(prompt=self._prompt))

        question = Question("prompt", self._prompt, hint="what the model goes on from")
        self.app.push_screen(AskScreen("sample now", [question]), take)

    def action_adjust(self) -> None:
        """Ask for other hyper-parameters: of the run that is training, else of the one that is started next."""
        from gpt2mini_tui.screens.asking import AskScreen, Question

        live = self._history is not None and self._history.is_live
        config = self._history.config if live and self._history is not None else self.plan.config
        if config is None:
            return
        found = {name: config.setting(name) for name in ADJUSTABLE}

        def take(texts: list[str] | None) -> None:
            for name, text in zip(found, texts or (), strict=False):
                if float(text) != found[name]:
                    self._set(name, float(text), live=live)

        questions = [
            Question(title(name), f"{value:g}", problem=partial(_problem, name), advice=partial(_advice, name, value))
            for name, value in found.items()
        ]
        self.app.push_screen(
            AskScreen("change while it trains" if live else "change before it starts", questions), take
        )

    def _set(self, name: str, value: float, *, live: bool) -> None:
        if live:
            self._tell(Adjust(name=name, value=value))
            return
        self.plan = replace(self.plan, config=self.plan.config.adjusted(name, value))
        self._refresh()

    def action_behind(self) -> None:
        """Choose a run that is drawn behind this one."""
        self.post_message(BehindAsked())

    def draw_behind(self, other: "History | None") -> None:
        """Draw another run behind this one, or none."""
        if self._bench is not None:
            self._bench.compare_with(other)

    def action_flip(self, name: str) -> None:
        """Flip a switch, and stay with the switches, so that its explanation is in view."""
        if self._bench is not None:
            self._bench.switches.focus()
            self._bench.switches.flip(name)

    def action_switches(self) -> None:
        """Go to the switches."""
        if self._bench is not None:
            self._bench.switches.focus()

    def action_leave(self) -> None:
        """Take back a cursor or a large chart, else go back to the place itself."""
        if not self.let_go():
            self.focus()

    def on_switch_panel_asked(self, event: "SwitchPanel.Asked") -> None:
        """Pass a flip on to the trainer; where there is none, it is for the next run."""
        event.stop()
        if self._history is not None and self._history.is_under_way:
            self.post_message(Tell(Set(name=event.name, value=event.value)))
            if self._status == "watching" and self._bench is not None:
                self._bench.switches.forget_asked()  # who looks on can change nothing
            return
        self._plan_switch(event.name, event.value)
        self._refresh()

    def _plan_switch(self, name: str, value: Value) -> None:
        config = self.plan.config
        self.plan = replace(self.plan, config=replace(config, ablations=config.ablations.with_switch(name, value)))

    def _tell(self, command: Command, *, wish: str = "") -> None:
        self.post_message(Tell(command))
        if wish:
            self._wish = wish
            self._refresh()


def _next_name(name: str) -> str:
    """Return `mine-2` after `mine`, and `mine-3` after that."""
    stem, _, number = name.rpartition("-")
    return f"{stem}-{int(number) + 1}" if stem and number.isdecimal() else f"{name}-2"


def _advice(name: str, now: Value, text: str) -> str:
    """Return what is unusual about a learning rate, or nothing."""
    value = float(text)
    if name != "lr" or value <= _HIGH or value <= min(1.0, 100 * float(now or 0)):
        return ""
    return f"{value:g} is far above what is usual for lr: 1e-4 to 1e-2."


def _problem(name: str, text: str) -> str:
    """Return what is wrong with a hyper-parameter, or nothing."""
    try:
        ADJUSTABLE[name].check(float(text))
    except ValueError:
        return f"{title(name)} takes a number."
    except UsageError as error:
        return str(error)
    return ""
