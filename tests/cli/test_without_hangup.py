"""A system that has no SIGHUP, as Windows, still has its runs saved by the signals that it has."""

import importlib
import signal

import pytest

from gpt2mini_tui.cli import signals
from gpt2mini_tui.live import signals as live


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="it has none")
def test_signals_that_are_not_there_are_not_listened_to(monkeypatch: pytest.MonkeyPatch) -> None:
    command = importlib.import_module("gpt2mini_tui.cli.serve")
    assert signal.SIGHUP in live._CODES
    assert signal.SIGHUP in command._wanted()
    monkeypatch.delattr(signal, "SIGHUP")
    assert signals._wanted() == [signal.SIGINT, signal.SIGTERM]
    assert command._wanted() == [signal.SIGINT, signal.SIGTERM]
    try:
        assert set(importlib.reload(live)._CODES) == {signal.SIGINT, signal.SIGTERM}
    finally:
        monkeypatch.undo()
        importlib.reload(live)
