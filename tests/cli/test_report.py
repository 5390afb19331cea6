"""A run is told in lines that can be read, or in JSON that can be parsed, and nothing in it reaches the terminal."""

import json
import os
from contextlib import redirect_stdout, suppress

import pytest

from gpt2mini.config import Config, ModelConfig, TrainConfig
from gpt2mini.events import (
    Evaluated,
    Event,
    Finished,
    Sampled,
    Saved,
    SaveFailed,
    Skipped,
    Started,
    StepDone,
    from_json,
)
from gpt2mini.settings import to_plain
from gpt2mini_tui.cli.progress import position_line
from gpt2mini_tui.cli.report import JsonReport, TextReport
from gpt2mini_tui.folds.history import History

NAN = float("nan")


def started(steps: int = 100, step: int = 0) -> Started:
    config = Config(model=ModelConfig(vocab_size=65), train=TrainConfig(steps=steps))
    return Started(
        step=step,
        run="tales-1",
        config=to_plain(config),
        parameters=835_072,
        device="cpu",
        threads=2,
        tokens_per_step=8192,
        train_tokens=900_000,
        val_tokens=100_000,
        references={"4-gram": 1.2, "uniform": 4.174, "1-gram": 3.3},
        versions={},
    )


def done(step: int) -> StepDone:
    return StepDone(step=step, loss=2.5, grad_norm=1.0, lr=1e-3, tokens_per_second=8192.0)


def story(*events: Event) -> list[Event]:
    return [started(), *events]


def told(capsys: pytest.CaptureFixture[str], *events: Event) -> str:
    report = TextReport()
    for event in events:
        report.add(event)
    report.close()
    shown = capsys.readouterr()
    assert shown.err == ""  # no bar where nobody looks
    return shown.out


def test_the_first_lines_say_who_trains_what_on_what(capsys: pytest.CaptureFixture[str]) -> None:
    shown = told(capsys, started())
    for words in ("tales-1", "835,072 parameters", "cpu, 2 threads", "100 steps of 32 x 256 = 8,192 tokens", "all on"):
        assert words in shown
    assert "guessing 4.174, 1-gram 3.300, 4-gram 1.200 nats/token" in shown


def test_the_loss_is_told_twenty_times_in_a_run_not_at_every_step(capsys: pytest.CaptureFixture[str]) -> None:
    shown = told(capsys, *story(*(done(step) for step in range(1, 101))))
    lines = [line for line in shown.splitlines() if "loss" in line]
    assert len(lines) == 21
    assert lines[0].startswith("step   1  loss 2.500  grad norm   1.000  lr 1.00e-03    8,192 tokens/s")
    assert lines[9].endswith("55 s left")


def test_what_matters_has_a_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    shown = told(
        capsys,
        *story(
            Evaluated(step=50, val_loss=2.25, tokens=4096),
            Skipped(step=51, loss=NAN, grad_norm=NAN, tensor="loss"),
            Saved(step=51, checkpoint="step-000051", val_loss=2.25),
            SaveFailed(step=52, why="the disk is full"),
        ),
    )
    assert shown.splitlines()[-4:] == [
        "step  50  val  2.250",
        "step  51  skipped: loss was not finite",
        "step  51  saved step-000051",
        "step  52  not saved: the disk is full",
    ]


def test_a_sample_cannot_be_taken_for_ours_nor_reach_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    shown = told(capsys, *story(Sampled(step=50, prompt="\n", text="error: \x1b[2J\nstep 51")))
    assert shown.splitlines()[-3:] == ["step  50  sample", "  | error: ␛[2J", "  | step 51"]


def test_json_is_every_event_on_a_line_and_the_first_names_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    events = story(done(1), Evaluated(step=1, val_loss=NAN, tokens=1), Sampled(step=1, prompt="", text="日\u202e\x9b"))
    report = JsonReport()
    for event in events:
        report.add(event)
    shown = capsys.readouterr().out
    assert shown.isascii()
    lines = shown.splitlines()
    assert list(json.loads(lines[0]))[:3] == ["event", "step", "schema"]
    assert [from_json(line) for line in lines[:2]] == events[:2]
    assert json.loads(lines[2])["val_loss"] is None
    assert from_json(lines[3]) == events[3]


def history(*events: Event) -> History:
    found = History()
    for event in story(*events):
        found.add(event)
    return found


def test_the_line_that_moves_fits_and_drops_what_matters_least() -> None:
    found = history(*(done(step) for step in range(1, 51)), Evaluated(step=50, val_loss=2.25, tokens=4096))
    wide = position_line(found, 119)
    assert wide.endswith("50 %  50/100 steps  loss 2.500  val 2.250  50 s left  8,192 tokens/s  grad norm 1.00")
    assert wide.count("━") == 15  # of thirty
    narrow = position_line(found, 50)
    assert narrow.endswith("50/100 steps  loss 2.500")
    for width in range(1, 130):
        assert len(position_line(found, width)) <= width


def test_a_history_before_its_first_step_can_be_shown() -> None:
    assert "0/100 steps" in position_line(history(), 79)
    assert position_line(History(), 79)


def test_a_closed_pipe_is_remembered_not_raised() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    report = JsonReport()
    with suppress(BrokenPipeError), os.fdopen(writer, "w") as pipe, redirect_stdout(pipe):
        for _ in range(2):  # the first one is refused, the second one not even tried
            report.add(Finished(step=1, reason="done", loss=1.0, val_loss=NAN, seconds=1.0))
    assert isinstance(report.lines.error, BrokenPipeError)
