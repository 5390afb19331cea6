"""The run that is under way: what the bridge brings, folded into a history."""

from pathlib import Path
from typing import Literal, NamedTuple

from gpt2mini.events import Event, Noticed, SaveFailed, Spiked
from gpt2mini.paths import Home
from gpt2mini.runs import Run
from gpt2mini_tui import words
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.live.bridge import Bridge, Ended, Failed, Item, Preparing, Recalled
from gpt2mini_tui.setup.plan import Plan

__all__ = ["Saying", "Session"]


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
        self.queue: list[Plan] = []
        """What is to be trained next, one after the other."""
        self.is_held = False
        """Whether the queue waits for somebody: the run before was stopped by hand."""

    def begin(self, plan: Plan) -> None:
        """Train; the history starts anew. Raises RuntimeError while another run is training."""
        self.bridge.drain()  # the last words of the run before
        self.bridge.start(plan, self._home)
        self.is_held = False
        self.history = History()
        self.history.prepare("starting")

    def watch(self, run: Run) -> None:
        """Follow a run that another process trains. Raises RuntimeError while a run is training here."""
        self.bridge.watch(run)
        self.history = History()
        self.history.prepare("reading the log")

    def next_up(self) -> Plan | None:
        """Take the next plan out of the queue, if its time has come; a run that was stopped by hand holds the rest."""
        if not self.queue or self.bridge.is_running or self.is_held:
            return None
        if self.history.status == "stopped":
            self.is_held = True
            return None
        return self.queue.pop(0)

    def pull(self) -> list[Saying]:
        """Take in what has come, and return what of it should be said."""
        return [saying for item in self.bridge.drain() for saying in self._take(item)]

    def _take(self, item: Item) -> list[Saying]:
        match item:
            case Event():
                self.history.add(item)
                return [] if self.history.is_watched else _aloud(item)
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


def _aloud(event: Event) -> list[Saying]:
    match event:
        case Noticed(text=text):
            return [Saying(text)]
        case Spiked(step=step, loss=loss, usual=usual):
            text = f"At step {step:,} it was {words.loss(loss)} nats, where about {words.loss(usual)} was usual."
            return [Saying(text, title="The loss jumped", severity="warning")]
        case SaveFailed(why=why):
            return [Saying(why, title="Not saved", severity="error")]
    return []


def _record(details: str, path: Path) -> str:
    """Write a traceback where it can be found, and say where."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(details, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        return f"The details could not be written: {error.strerror}."
    return f"The details are in {path}."
