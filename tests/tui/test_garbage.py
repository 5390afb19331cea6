"""A search for garbage looks at what an app has made, not at what it has loaded, and comes when nobody waits."""

import gc
from pathlib import Path

import pytest

from gpt2mini.paths import Home
from gpt2mini_tui import garbage
from gpt2mini_tui.app import LabApp
from gpt2mini_tui.personal import habitual


def test_what_is_loaded_is_left_out_once_before_torch_and_once_after(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(garbage, "_settled", set())
    monkeypatch.setattr(gc, "freeze", lambda: asked.append(1))
    monkeypatch.setattr(gc, "set_threshold", lambda *_: None)
    monkeypatch.setattr(garbage.sys, "modules", {})
    garbage.settle()
    garbage.settle()
    assert len(asked) == 1
    monkeypatch.setattr(garbage.sys, "modules", {"torch": gc})
    garbage.settle()
    garbage.settle()
    assert len(asked) == 2


def test_everything_is_searched_only_where_much_has_been_made(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(gc, "collect", lambda: asked.append(1))
    monkeypatch.setattr(gc, "get_threshold", lambda: (10, 100, 0))
    monkeypatch.setattr(gc, "get_count", lambda: (0, 0, garbage.MUCH // 1000 - 1))
    garbage.sweep()
    assert not asked
    monkeypatch.setattr(gc, "get_count", lambda: (0, 0, garbage.MUCH // 1000))
    garbage.sweep()
    assert asked


async def test_an_app_clears_away_while_nobody_presses_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    swept, now = [], 100.0
    monkeypatch.setattr(habitual, "sweep", lambda: swept.append(now))
    monkeypatch.setattr(habitual, "monotonic", lambda: now)
    app = LabApp(Home(tmp_path), refresh=1000.0)
    async with app.run_test() as pilot:
        await pilot.press("f")
        now = 109.0
        app.tidy()
        assert not swept
        now = 111.0
        app.tidy()
        assert swept == [111.0]
        await pilot.hover("#places")
        now = 120.0
        app.tidy()
        assert swept == [111.0]
