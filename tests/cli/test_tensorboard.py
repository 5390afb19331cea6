"""What TensorBoard shows of a run is what its log says, live or afterwards."""

import math
from pathlib import Path
from typing import Any

import pytest

from gpt2mini.errors import CannotCreateError
from gpt2mini.events import Evaluated, Sampled, Skipped, Started, StepDone
from gpt2mini.runs import Run
from gpt2mini.tensorboard import Board
from small_lab import Lab

pytest.importorskip("tensorboard")


def read(folder: Path) -> Any:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    board = EventAccumulator(str(folder), size_guidance={"scalars": 0, "tensors": 0})
    board.Reload()
    return board


def scalars(board: Any, tag: str) -> dict[int, float]:
    return {one.step: one.value for one in board.Scalars(tag)}


def said(run: Run, kind: type[Any], name: str) -> dict[int, Any]:
    return {event.step: getattr(event, name) for event in run.events() if isinstance(event, kind)}


def test_what_is_written_live_is_the_log(lab: Lab, tmp_path: Path) -> None:
    assert lab.train("--name", "live", "--tensorboard", str(tmp_path / "boards")).exit_code == 0
    board, run = read(tmp_path / "boards" / "live"), Run(lab.home / "checkpoints" / "live")
    assert scalars(board, "loss/train") == pytest.approx(said(run, StepDone, "loss"), rel=1e-6)
    assert scalars(board, "loss/validation") == pytest.approx(said(run, Evaluated, "val_loss"), rel=1e-6)
    assert scalars(board, "learning rate") == pytest.approx(said(run, StepDone, "lr"), rel=1e-6)
    assert "gradient norm/block 0" in board.Tags()["scalars"]
    text = board.Tensors("sample")[-1].tensor_proto.string_val[0].decode()
    assert (
        text.replace("    ", "", 1).split("\n    ")
        == "".join([(one.prompt + one.text) for one in run.events() if isinstance(one, Sampled)][-1:]).splitlines()
    )


def test_an_export_has_the_same_numbers_and_takes_back_what_a_resume_took_back(lab: Lab, tmp_path: Path) -> None:
    lab.good("resume", "rhyme", "--steps", "6")
    lab.good("runs", "export", "rhyme", "--format", "tensorboard", "--out", str(tmp_path / "boards"))
    board, run = read(tmp_path / "boards" / "rhyme"), Run(lab.home / "checkpoints" / "rhyme")
    assert scalars(board, "loss/train") == pytest.approx(said(run, StepDone, "loss"), rel=1e-6)
    again = lab.run("runs", "export", "rhyme", "--format", "tensorboard", "--out", str(tmp_path / "boards"))
    assert again.exit_code == 73
    assert lab.run("runs", "export", "rhyme", "--format", "tensorboard").exit_code == 2


def started(step: int) -> Started:
    return Started(
        step=step,
        run="r",
        config={},
        parameters=1,
        device="cpu",
        threads=1,
        tokens_per_step=100,
        train_tokens=1,
        val_tokens=0,
        references={},
        versions={},
    )


def test_a_number_that_is_not_finite_is_left_out(tmp_path: Path) -> None:
    def step(number: int, loss: float) -> StepDone:
        return StepDone(step=number, loss=loss, grad_norm=1.0, lr=0.1, tokens_per_second=50.0)

    with Board(tmp_path / "b", began=1e9) as board:
        for event in (
            started(0),
            step(1, 4.0),
            step(2, 3.0),
            Skipped(step=3, loss=math.nan, grad_norm=math.inf, tensor="loss"),
            started(1),
            step(2, 2.5),
        ):
            board.add(event)
    found = read(tmp_path / "b")
    assert scalars(found, "loss/train") == {1: 4.0, 2: 2.5}
    assert [one.wall_time for one in found.Scalars("loss/train")] == [1e9 + 2, 1e9 + 6]


def test_a_folder_that_cannot_be_written_to_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotCreateError):
        Board(tmp_path / "file", began=0.0)
