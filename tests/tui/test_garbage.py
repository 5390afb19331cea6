"""A search for garbage looks at what an app has made, not at what it has loaded."""

import gc

import pytest

from gpt2mini_tui import garbage


def test_what_is_loaded_is_left_out_once_before_torch_and_once_after(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(garbage, "_settled", set())
    monkeypatch.setattr(gc, "freeze", lambda: asked.append(1))
    monkeypatch.setattr(garbage.sys, "modules", {})
    garbage.settle()
    garbage.settle()
    assert len(asked) == 1
    monkeypatch.setattr(garbage.sys, "modules", {"torch": gc})
    garbage.settle()
    garbage.settle()
    assert len(asked) == 2
