"""One press of Ctrl-C may arrive twice: it saves; only a press of its own leaves at once."""

import signal

import pytest

from gpt2mini.commands import Stop
from gpt2mini_tui.cli import signals as module
from gpt2mini_tui.cli.signals import Signals


class Heard:
    """Stands for a trainer."""

    def __init__(self) -> None:
        self.stops = 0

    def send(self, command: Stop, /) -> None:
        self.stops += 1


class LeftError(Exception):
    """Stands for the end of the process."""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]

    def leave(code: int) -> None:
        raise LeftError(code)

    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(module.os, "_exit", leave)
    return now


def test_a_press_that_arrives_twice_is_one(clock: list[float]) -> None:
    signals, trainer = Signals(), Heard()
    signals.attach(trainer)
    signals._catch(signal.SIGINT, None)
    clock[0] += 0.01
    signals._catch(signal.SIGINT, None)
    assert (trainer.stops, signals.code) == (1, 130)


def test_a_second_press_leaves_at_once_and_says_so(clock: list[float], capfd: pytest.CaptureFixture[str]) -> None:
    signals = Signals()
    signals.attach(Heard())
    signals._catch(signal.SIGINT, None)
    clock[0] += 0.6
    with pytest.raises(LeftError, match="130"):
        signals._catch(signal.SIGINT, None)
    assert capfd.readouterr().err == "Left at once. The last checkpoint is as it was.\n"


def test_a_press_right_after_another_signal_is_a_press_of_its_own(clock: list[float]) -> None:
    signals = Signals()
    signals.attach(Heard())
    signals._catch(signal.SIGTERM, None)
    with pytest.raises(LeftError, match="130"):
        signals._catch(signal.SIGINT, None)
