"""Looking into models beside the screen: what the library computes, the latest wish only, and no bit of training."""

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import numpy as np
import pytest

from company import alone, losses, nobody, train_rhyme, wait
from gpt2mini.checkpoint import Checkpoint, load_checkpoint
from gpt2mini.frames import frames_of
from gpt2mini.lens import examine
from gpt2mini.paths import Home
from gpt2mini.views import VIEWS
from gpt2mini_tui.live.bridge import Bridge
from gpt2mini_tui.talk.heard import LIVE, Source
from gpt2mini_tui.xray.examiner import Answer, Examiner, Wish
from gpt2mini_tui.xray.moments import moments_of, run_folder
from tiny_lab import RHYME, copy_home, tiny_home


class Watcher:
    """An examiner, and everything it answered."""

    def __init__(self, snapshot: "Callable[[], Future[Checkpoint]]", home: Home) -> None:
        self.answers: list[Answer] = []
        self.failures: list[str] = []
        self.examiner = Examiner(
            self.answers.append, lambda error: self.failures.append(str(error)), snapshot=snapshot, home=home
        )

    def until_idle(self) -> None:
        wait(self.examiner.drain, lambda: not self.examiner.is_busy, self.failures)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return tiny_home(tmp_path_factory)


@pytest.mark.parametrize("view", VIEWS)
def test_it_sees_what_the_library_computes(view: str, home: Home) -> None:
    path = home.checkpoints / "full" / "step-000030"
    watcher = Watcher(nobody, home)
    watcher.examiner.look(Wish(source=Source(path=path), view=view, text="one for "))
    watcher.until_idle()
    [answer] = watcher.answers
    expected = examine(load_checkpoint(path).model, answer.seen.ids, view).to_plain()
    for name, value in answer.seen.view.to_plain().items():
        np.testing.assert_equal(value, expected[name])
    watcher.examiner.close()


def test_only_the_latest_wish_is_answered(home: Home) -> None:
    watcher = Watcher(nobody, home)
    for view in VIEWS:
        source = Source(path=home.checkpoints / "full" / "step-000030")
        watcher.examiner.look(Wish(source=source, view=view, text="one"))
    watcher.until_idle()
    assert [answer.wish.view for answer in watcher.answers] == ["position"]
    watcher.examiner.close()


def test_without_a_text_it_takes_what_the_run_held_back(home: Home) -> None:
    watcher = Watcher(nobody, home)
    watcher.examiner.look(Wish(source=Source(path=home.checkpoints / "full" / "step-000030"), view="lens"))
    watcher.until_idle()
    [answer] = watcher.answers
    assert len(answer.text) == 16
    assert answer.text in RHYME[-len(RHYME) // 9 :]
    watcher.examiner.close()


def test_a_file_without_a_run_is_looked_at_with_what_it_writes_itself(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    file.write_bytes((home.checkpoints / "full" / "step-000030" / "model.safetensors").read_bytes())
    watcher = Watcher(nobody, Home(tmp_path))
    watcher.examiner.look(Wish(source=Source(path=file), view="surprise"))
    watcher.until_idle()
    [answer] = watcher.answers
    assert len(answer.seen.ids) == 16
    watcher.examiner.close()


def test_a_frame_is_looked_at_as_it_was(home: Home) -> None:
    frame = frames_of(home.checkpoints / "full")[0]
    watcher = Watcher(nobody, home)
    watcher.examiner.look(Wish(source=Source(path=frame.path), view="attention", text="one"))
    watcher.until_idle()
    [answer] = watcher.answers
    assert (answer.seen.run, answer.seen.step) == ("full", 0)
    watcher.examiner.close()


def test_what_cannot_be_is_a_sentence_and_it_goes_on(home: Home, tmp_path: Path) -> None:
    copied = copy_home(home, tmp_path).checkpoints / "full" / "step-000030"
    (copied / "model.safetensors").write_bytes(b"not a model")
    watcher = Watcher(nobody, home)
    watcher.examiner.look(Wish(source=Source(path=copied), view="lens", text="one"))
    watcher.until_idle()
    watcher.examiner.look(Wish(source=LIVE, view="lens", text="one"))
    watcher.until_idle()
    assert "this is not a safetensors file" in watcher.failures[0]
    assert watcher.failures[1] == "no run is training"
    watcher.examiner.look(Wish(source=Source(path=home.checkpoints / "full"), view="lens", text="one"))
    watcher.until_idle()
    assert len(watcher.answers) == 1
    watcher.examiner.close()


def test_looking_into_the_run_that_trains_says_its_step_and_changes_no_bit(tmp_path: Path) -> None:
    expected = alone(tmp_path / "a")
    together = Bridge()
    watcher = Watcher(together.snapshot, Home(tmp_path / "b"))
    looks = 0

    def look() -> None:
        nonlocal looks
        watcher.examiner.drain()
        if not watcher.examiner.is_busy and together.is_running:
            view = list(VIEWS)[looks % len(VIEWS)]
            watcher.examiner.look(Wish(source=LIVE, view=view, text="one for sorrow"))
            looks += 1

    train_rhyme(together, tmp_path / "b", "together")
    assert losses(together, look) == expected
    watcher.until_idle()
    assert not watcher.failures
    assert len(watcher.answers) > 1
    assert all(answer.seen.is_live and answer.seen.run == "together" for answer in watcher.answers)
    steps = [answer.seen.step for answer in watcher.answers]
    assert steps == sorted(steps)
    together.close()
    watcher.examiner.close()


# The moments of a run


def test_frames_and_checkpoints_are_moments_of_a_run(home: Home) -> None:
    run = home.checkpoints / "full"
    moments = moments_of(run)
    assert [moment.step for moment in moments] == [0, 10, 20, 30]
    assert moments[0].path == run / "frames" / "step-000000.safetensors"
    assert moments[1].path == run / "step-000010"


def test_a_run_without_frames_has_its_checkpoints(home: Home, tmp_path: Path) -> None:
    run = copy_home(home, tmp_path).checkpoints / "full"
    for frame in frames_of(run):
        frame.path.unlink()
    (run / "step-000020" / "state.json").write_text("{")
    assert [moment.step for moment in moments_of(run)] == [10, 30]


def test_the_run_of_a_path_is_found(home: Home, tmp_path: Path) -> None:
    run = home.checkpoints / "full"
    assert run_folder(run) == run
    assert run_folder(run / "step-000010") == run
    assert run_folder(run / "frames" / "step-000000.safetensors") == run
    assert run_folder(tmp_path / "model.safetensors") is None
