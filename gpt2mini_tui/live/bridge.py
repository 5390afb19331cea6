"""The one place where training meets the app: a thread fills it, the app drains it.

The queue between them is bounded. When it is full the trainer waits, so nothing is ever lost; once the app leaves, the
trainer no longer waits for anybody. Only the training thread imports torch.
"""

import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from gpt2mini.commands import Command, Stop
from gpt2mini.errors import LabError, NotFoundError, reason
from gpt2mini.paths import Home
from gpt2mini.runs import Run
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.garbage import settle
from gpt2mini_tui.live.notes import Concluded, Ended, Failed, Item, Preparing, Recalled
from gpt2mini_tui.runs.following import Rewound, follow
from gpt2mini_tui.setup.opening import open_trainer
from gpt2mini_tui.setup.plan import Plan, PlayCard, ResumeRun
from gpt2mini_tui.setup.playing import conclude, open_card

if TYPE_CHECKING:
    from gpt2mini.checkpoint import Checkpoint
    from gpt2mini.experiments.matched import Matched
    from gpt2mini.trainer import Trainer

__all__ = ["Bridge"]

QUEUE_SIZE = 4096
"""Events. The trainer waits for the app only when it says more between two drains."""
_WAIT = 0.02  # seconds between two looks whether the app has taken something


class _GivenUpError(Exception):
    """Somebody stopped a run that was still being prepared."""


class Bridge:
    """Runs one trainer at a time in a thread of its own."""

    def __init__(self, *, size: int = QUEUE_SIZE) -> None:
        self._size = size
        self._sitting: _Sitting | _Watching | None = None

    @property
    def is_running(self) -> bool:
        """Whether there is a training thread that has not ended."""
        return isinstance(self._sitting, _Sitting) and self._sitting.thread.is_alive()

    def start(self, plan: Plan, home: Home) -> None:
        """Prepare and train in the background; raises RuntimeError while another run is."""
        self._begin(_Sitting(plan, home, self._size))

    def watch(self, run: Run) -> None:
        """Follow a run of the store, without touching it; raises RuntimeError while a run is training here."""
        self._begin(_Watching(run))

    def unwatch(self) -> None:
        """Let go of a run that is followed, and of all that it has said; of one that trains here, nothing."""
        if isinstance(self._sitting, _Watching):
            self._sitting.stop()
            self._sitting = None

    def _begin(self, sitting: "_Sitting | _Watching") -> None:
        if self.is_running:
            raise RuntimeError("a run is training already")
        if self._sitting is not None:
            self._sitting.stop()  # whoever was watched goes on without us
        self._sitting = sitting
        sitting.thread.start()

    def drain(self, limit: int = QUEUE_SIZE) -> list[Item]:
        """Return what has come in since the last time, at most `limit` items, without waiting."""
        return [] if self._sitting is None else self._sitting.take(limit)

    def send(self, command: Command) -> None:
        """Hand over a command; one that is sent before there is a trainer is kept for it."""
        if self._sitting is not None:
            self._sitting.send(command)

    def stop(self) -> None:
        """Let the run save and end; one that is still being prepared is given up."""
        if self._sitting is not None:
            self._sitting.stop()

    def snapshot(self) -> "Future[Checkpoint]":
        """Ask for a copy of the model that is training, or that was the last to train.

        The future fails with NotFoundError where there is none.
        """
        if self._sitting is None:
            return _nobody()
        return self._sitting.snapshot()

    def close(self, timeout: float = 10.0) -> bool:
        """Stop, and wait at most `timeout` seconds for the final save; tell whether it is done."""
        if self._sitting is None:
            return True
        return self._sitting.close(timeout)


class _Sitting:
    """One run on its way through preparing, training and ending."""

    def __init__(self, plan: Plan, home: Home, size: int) -> None:
        self._plan, self._home = plan, home
        self._size = size
        self._said: deque[Item] = deque()  # needs no lock, so a signal handler that waits for the trainer holds none
        self._lock = threading.RLock()  # a signal may close while the same thread is inside
        self._trainer: Trainer | Matched | None = None
        self._kept: list[Command] = []
        self._asked: list[Future[Checkpoint]] = []
        self._is_over = self._given_up = self._closed = False
        self.thread = threading.Thread(target=self._work, name="training")

    def take(self, limit: int) -> list[Item]:
        return [self._said.popleft() for _ in range(min(limit, len(self._said)))]

    def send(self, command: Command) -> None:
        with self._lock:
            if self._trainer is None:
                self._kept.append(command)
                return
        self._trainer.send(command)

    def stop(self) -> None:
        self._given_up = True
        self.send(Stop())

    def snapshot(self) -> "Future[Checkpoint]":
        future: Future[Checkpoint] = Future()
        with self._lock:
            if self._trainer is None and self._is_over:
                return _nobody()
            if self._trainer is None:
                self._asked.append(future)
                return future
        return self._trainer.snapshot() or _nobody()

    def close(self, timeout: float) -> bool:
        self._closed = True
        self.stop()
        self.thread.join(timeout)
        return not self.thread.is_alive()

    # In the training thread

    def _work(self) -> None:
        try:
            self._train()
        except _GivenUpError:
            pass
        except LabError as error:
            self._put(Failed(sentence=str(error), code=int(error.code)))
        except Exception as error:  # noqa: BLE001  # a fault of the program: shown whole, and the app lives on
            self._put(_fault("Training", error))
        finally:
            self._end()
            self._put(Ended())

    def _train(self) -> None:
        self._put(Preparing(doing="loading torch"))
        import gpt2mini.trainer  # noqa: F401  # here, so that its two seconds are said and not taken for the text's

        settle()
        self._check()
        if isinstance(self._plan, PlayCard):
            self._play(self._plan)
            return
        trainer = open_trainer(self._plan, self._home, progress=_Percents(self._progress))
        if isinstance(self._plan, ResumeRun) and trainer.run is not None:
            self._put(Preparing(doing="reading the log"))
            self._put(Recalled(history=History.fold(trainer.run.events())))
        self._hand_over(trainer)
        for event in trainer:
            self._put(event)

    def _play(self, plan: PlayCard) -> None:
        """Train the runs of a card, one after another, and remember what they say."""
        matched = open_card(plan, self._home, progress=_Percents(self._progress))
        self._hand_over(matched)
        for heard in matched:
            self._put(heard)
        entry = conclude(plan, matched, self._home)
        if entry is not None:
            self._put(Concluded(entry=entry))

    def _progress(self, share: float) -> None:
        self._check()
        self._put(Preparing(doing="reading the text", share=share))

    def _check(self) -> None:
        if self._given_up:
            raise _GivenUpError

    def _hand_over(self, trainer: "Trainer | Matched") -> None:
        with self._lock:
            self._trainer = trainer
            for command in self._kept:  # inside, so that none overtakes them
                trainer.send(command)
            asked, self._asked = self._asked, []
        for future in asked:
            _chain(trainer.snapshot() or _nobody(), future)

    def _end(self) -> None:
        with self._lock:
            self._is_over = True
            asked, self._asked = self._asked, []
        for future in asked:
            _chain(_nobody(), future)

    def _put(self, item: Item) -> None:
        while len(self._said) >= self._size:
            if self._closed:  # nobody drains any more; the log on the disk has it
                return
            time.sleep(_WAIT)
        self._said.append(item)


class _Watching:
    """A run of another process on its way to the screen; it can be told nothing, and nothing waits for it."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._said: deque[Item] = deque()
        self._stopped = False
        self.thread = threading.Thread(target=self._work, name="watching")

    def take(self, limit: int) -> list[Item]:
        return [self._said.popleft() for _ in range(min(limit, len(self._said)))]

    def send(self, command: Command) -> None:
        """Do nothing: the run is somebody else's."""

    def stop(self) -> None:
        self._stopped = True

    def snapshot(self) -> "Future[Checkpoint]":
        return _nobody()

    def close(self, timeout: float) -> bool:
        self._stopped = True
        self.thread.join(timeout)
        return not self.thread.is_alive()

    # In its own thread

    def _work(self) -> None:
        try:
            self._follow()
        except OSError as error:
            self._said.append(Failed(sentence=f"The log cannot be read any more: {reason(error)}", code=1))
        except Exception as error:  # noqa: BLE001  # somebody else's log ends the look at it, never the app
            self._said.append(_fault("Reading the log", error))
        self._said.append(Ended())

    def _follow(self) -> None:
        """Hand over what is in the log already as one history, and from then on every event."""
        past: History | None = _watched()
        for event in follow(self._run, stop=lambda: self._stopped):
            if isinstance(event, Rewound):
                past = _watched()
            elif past is None and event is not None:
                self._said.append(event)
            elif past is not None and event is not None:
                past.add(event)
            elif past is not None:
                self._said.append(Recalled(history=past))
                past = None
        if past is not None:
            self._said.append(Recalled(history=past))


class _Percents:
    """Passes on a share only when its whole percent has changed."""

    def __init__(self, report: Callable[[float], None]) -> None:
        self._report = report
        self._last = -1

    def __call__(self, share: float) -> None:
        if int(share * 100) != self._last:
            self._last = int(share * 100)
            self._report(share)


def _fault(what: str, error: Exception) -> Failed:
    sentence = f"{what} ended with a fault of the program: {type(error).__name__}: {error}"
    return Failed(sentence=sentence, code=1, details=traceback.format_exc())


def _watched() -> History:
    history = History()
    history.is_watched = True
    return history


def _nobody() -> "Future[Checkpoint]":
    future: Future[Checkpoint] = Future()
    future.set_exception(NotFoundError("no run is training", do="Start one first."))
    return future


def _chain(source: "Future[Checkpoint]", target: "Future[Checkpoint]") -> None:
    """Let one future end as another does, unless nobody waits for it any more."""

    def pass_on(done: "Future[Checkpoint]") -> None:
        if not target.set_running_or_notify_cancel():
            return
        error = done.exception()
        if error is None:
            target.set_result(done.result())
        else:
            target.set_exception(error)

    source.add_done_callback(pass_on)
