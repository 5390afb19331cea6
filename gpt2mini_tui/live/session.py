"""The run that is under way: what the bridge brings, folded into a history."""

from pathlib import Path
from typing import Literal, NamedTuple

from gpt2mini.errors import reason
from gpt2mini.events import Event, Noticed, SaveFailed, Spiked, Started
from gpt2mini.experiments.deck import find_card
from gpt2mini.experiments.heard import Heard
from gpt2mini.paths import Home
from gpt2mini.runs import Run
from gpt2mini_tui import words
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.folds.lesson import Lesson
from gpt2mini_tui.folds.since import latest_change
from gpt2mini_tui.live.bridge import Bridge
from gpt2mini_tui.live.kept_queue import KeptQueue
from gpt2mini_tui.live.notes import Concluded, Ended, Failed, Item, Preparing, Recalled
from gpt2mini_tui.setup.plan import Plan, PlayCard

__all__ = ["Saying", "Session"]

_AFTER = 20
"""Steps after a change in which a jump of the loss comes from it."""


class Saying(NamedTuple):
    """Something that should be said aloud, once."""

    text: str
    title: str = ""
    severity: Literal["information", "warning", "error"] = "information"


class Session:
    """One bridge, and the history of the run that goes over it; for the app's thread alone."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self.bridge = Bridge()
        self.history = History()
        self.lesson: Lesson | None = None
        """The card that is being played, or was the last to be; its runs are in `history` one after another."""
        self.plan: Plan | None = None
        """What was begun last."""
        self.watched = ""
        """The folder of the run that was followed last; its log may have it under an older name."""
        self.queue: list[Plan] = []
        """What is to be trained next, one after the other."""
        self.is_held = False
        """Whether the queue waits for somebody: the run before was stopped by hand, or the lab was left meanwhile."""
        self.is_kept = False
        """Whether the queue is on the disk as it stands, for the next time."""
        self._kept = KeptQueue(home.checkpoints)

    def begin(self, plan: Plan) -> None:
        """Train; the history starts anew. Raises RuntimeError while another run is training."""
        self.bridge.drain()  # the last words of the run before
        self.bridge.start(plan, self._home)
        self.is_held = False
        self.plan = plan
        self.history = History()
        self.history.prepare("starting")
        if isinstance(plan, PlayCard):
            self.lesson = Lesson(find_card(plan.card), prediction=plan.prediction, seeds=tuple(range(plan.seeds)))

    @property
    def played(self) -> Lesson | None:
        """The card whose runs are training; None where something else is, or nothing."""
        lesson = self.lesson
        return lesson if lesson is not None and lesson.is_under_way and isinstance(self.plan, PlayCard) else None

    @property
    def version(self) -> tuple[int, int]:
        """Changes with everything that came in."""
        return self.history.version, self.lesson.version if self.lesson is not None else 0

    def watch(self, run: Run) -> None:
        """Follow a run that another process trains. Raises RuntimeError while a run is training here."""
        self.bridge.watch(run)
        self.watched = run.name
        self.history = History()
        self.history.prepare("reading the log")

    def unwatch(self) -> None:
        """Let go of a run that is followed; nothing where a run is training here."""
        if not self.bridge.is_running:
            self.bridge.unwatch()
            self.history = History()

    def next_up(self) -> Plan | None:
        """Take the next plan out of the queue, if its time has come; a run that was stopped by hand holds the rest."""
        if not self.queue or self.bridge.is_running or self.is_held:
            return None
        if self.history.status == "stopped":
            self.is_held = True
            return None
        return self.queue.pop(0)

    def recall(self) -> int:
        """Take up the queue of the last time, and hold it; return how many wait in it."""
        self.queue += self._kept.read()
        self.is_held = bool(self.queue)
        return len(self.queue)

    def keep(self) -> None:
        """Write the queue to the disk wherever it has changed."""
        self.is_kept = self._kept.write(self.queue)

    def close(self) -> None:
        """Keep the queue for the next time, and let another lab have it."""
        self.keep()
        self._kept.close()

    def pull(self) -> list[Saying]:
        """Take in what has come, and return what of it should be said."""
        return [saying for item in self.bridge.drain() for saying in self._take(item)]

    def _take(self, item: Item) -> list[Saying]:
        if self.played is not None:
            self._teach(self.played, item)
        match item:
            case Heard(event=event):
                if isinstance(event, Started) and event.run != self.history.run:
                    self.history = History()
                self.history.add(event)
                return _aloud(event) if isinstance(event, SaveFailed) else []
            case Event():
                self.history.add(item)
                is_told = self.history.is_watched or (isinstance(item, Spiked) and self._is_expected(item))
                return [] if is_told else _aloud(item)
            case Preparing(doing=doing, share=share):
                self.history.prepare(doing if share is None else f"{doing}, {100 * share:.0f} %")
            case Recalled(history=history):
                self.history = history
            case Failed(sentence=sentence, details=details):
                self.history.fail(sentence)
                if details:
                    sentence = f"{sentence} {_record(details, self._home.root / 'fault.log')}"
                return [Saying(sentence, severity="error")]
            case Ended():
                self.history.end()
        return []

    def _is_expected(self, spike: Spiked) -> bool:
        """Whether a jump follows a change so closely that the verdict tells of both."""
        change = latest_change(self.history)
        return change is not None and spike.step - change.step <= _AFTER

    def _teach(self, lesson: Lesson, item: Item) -> None:
        """Let the card that is being played know."""
        match item:
            case Heard():
                lesson.add(item)
            case Preparing(doing=doing, share=share):
                lesson.prepare(doing if share is None else f"{doing}, {100 * share:.0f} %")
            case Concluded(entry=entry):
                lesson.answer(entry)
            case Failed(sentence=sentence):
                lesson.fail(sentence)
            case Ended():
                lesson.end()


def _aloud(event: Event) -> list[Saying]:
    match event:
        case Noticed(text=text):
            return [Saying(text)]
        case Spiked(step=step, loss=loss, usual=usual):
            text = f"The loss jumped to {words.loss(loss)} nats at step {step:,}; usual was about {words.loss(usual)}."
            return [Saying(text, severity="warning")]
        case SaveFailed(why=why):
            return [Saying(why, title="Not saved", severity="error")]
    return []


def _record(details: str, path: Path) -> str:
    """Write a traceback where it can be found, and say where."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(details, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        return f"The details could not be written: {reason(error)}."
    return f"The details are in {path}."
