"""What an earlier version wrote is opened for ever: `formats/1` was made by the first one and is never made again.

A run of 20 steps without residuals, its MLP switched off before the first step, saved at steps 10 and 20, with frames;
the file that `--save` wrote; and the text. If a change makes one of these fail, it has to read the old form too.
"""

import math
import shutil
from pathlib import Path

import pytest
import torch
from torch.nn.functional import cross_entropy

from gpt2mini.ablations import Ablations
from gpt2mini.checkpoint import load_checkpoint, load_resumable, verify
from gpt2mini.corpus import Corpus, corpus_of
from gpt2mini.events import Evaluated, Probed, StepDone, Switched
from gpt2mini.frames import frames_of
from gpt2mini.model import GPT2Mini
from gpt2mini.runs import Run, Store
from gpt2mini.starting import resume_run
from gpt2mini_tui.folds.history import History
from small_lab import Lab

FORMAT_1 = Path(__file__).parent / "formats" / "1"
VAL_LOSS = 2.8588832219441733
"""As the first version measured it at step 20, in nats per token."""


@pytest.fixture
def corpus() -> Corpus:
    return corpus_of((FORMAT_1 / "rhyme.txt").read_text(), name="rhyme")


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """Return a home with a copy of the run."""
    shutil.copytree(FORMAT_1 / "run", tmp_path / "checkpoints" / "run")
    return Lab(tmp_path, FORMAT_1 / "rhyme.txt", ())


def loss_of(model: GPT2Mini, corpus: Corpus) -> float:
    """Return what a validation of the run measures."""
    held = torch.from_numpy(corpus.val[:385].astype("int64"))
    with torch.inference_mode():
        logits = model(held[:-1].view(24, 16))
    return float(cross_entropy(logits.flatten(0, 1), held[1:]))


@pytest.mark.parametrize(
    "place", ["run", "run/step-000020", "run/step-000020/model.safetensors", "portable.safetensors"]
)
def test_the_model_is_the_one_that_was_saved(place: str, corpus: Corpus) -> None:
    checkpoint = load_checkpoint(FORMAT_1 / place)
    assert (checkpoint.step, checkpoint.run, checkpoint.val_loss) == (20, "run", VAL_LOSS)
    assert checkpoint.ablations == Ablations(residual=False, mlp=False)
    assert checkpoint.tokenizer == corpus.tokenizer
    assert loss_of(checkpoint.model, corpus) == pytest.approx(VAL_LOSS, rel=1e-3)


def test_the_run_is_listed_and_its_story_told() -> None:
    run = Run(FORMAT_1 / "run")
    bad: list[int] = []
    events = list(run.events(bad=lambda: bad.append(1)))
    assert (bad, [event.step for event in events if isinstance(event, StepDone)]) == ([], list(range(1, 21)))
    assert [event.name for event in events if isinstance(event, Switched)] == ["mlp"]
    assert math.isnan(next(event for event in events if isinstance(event, Probed)).norm_input_means[1])
    summary = run.summary()
    assert (summary.status, summary.step, summary.val_loss, summary.corpus) == ("done", 20, VAL_LOSS, "rhyme")
    assert summary.changed == {"residual": False, "mlp": False}
    assert History.fold(events).status == "done"
    assert [(entry.step, entry.problem) for entry in run.checkpoints()] == [(10, ""), (20, "")]
    for entry in run.checkpoints():
        verify(entry.path)


def test_its_frames_are_opened() -> None:
    assert [load_checkpoint(frame.path).step for frame in frames_of(FORMAT_1 / "run")] == [0, 10]


@pytest.mark.parametrize("step", [10, 20])
def test_the_run_goes_on(step: int, corpus: Corpus, tmp_path: Path) -> None:
    run = Run(shutil.copytree(FORMAT_1 / "run", tmp_path / "run"))
    path = run.path / f"step-{step:06d}"
    assert load_resumable(path).updates == step
    events = list(resume_run(run, corpus, steps=24, checkpoint=path, threads=1))
    assert [event.step for event in events if isinstance(event, StepDone)] == list(range(step + 1, 25))
    assert [event.step for event in run.events() if isinstance(event, StepDone)] == list(range(1, 25))
    last = [event.val_loss for event in events if isinstance(event, Evaluated)][-1]
    assert last == pytest.approx(VAL_LOSS, abs=0.3)
    assert run.checkpoints()[-1].step == 24
    assert [gone.origin.name for gone in Store(tmp_path).trashed()] == ["step-000020"] * (step == 10)


def test_it_can_be_talked_to(lab: Lab) -> None:
    for model in ("run", str(FORMAT_1 / "portable.safetensors")):
        answer = lab.good("chat", "--load", model, "--tokens", "5", text="one for")
        assert len(answer.rstrip("\n")) >= 1, answer
    assert lab.json("checkpoints", "verify")
