"""`gpt2mini-tui runs show`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from gpt2mini.settings import Value, specs
from gpt2mini_tui import words
from gpt2mini_tui.cli.complete import complete_runs
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.output import note, say, say_json
from gpt2mini_tui.cli.table import facts

if TYPE_CHECKING:
    from gpt2mini.frames import Frame
    from gpt2mini.runs import CheckpointEntry, Manifest, Run, RunSummary
    from gpt2mini_tui.folds.history import History

__all__ = ["show_run"]

_EXAMPLES = """
gpt2mini-tui runs show tales-1
"""


@click.command("show", cls=Command, epilog=_EXAMPLES)
@click.argument("run", shell_complete=complete_runs)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show_run(run: str, as_json: bool) -> None:
    """Show a run: what it is, how it stands, and the command that makes it."""
    from gpt2mini.runs import Store
    from gpt2mini_tui.cli.report import quoted
    from gpt2mini_tui.folds.history import History

    found = Store(the_home().checkpoints).get(run)
    bad: list[None] = []
    history = History.fold(found.events(bad=lambda: bad.append(None)))
    manifest, summary = found.manifest(), found.summary()
    if as_json:
        say_json(_record(found, manifest, summary, history))
        return
    for line in facts(_facts(found, manifest, summary, history)):
        say(line)
    if bad:
        note(f"note: {words.count(len(bad), 'line')} of the log cannot be read and was passed over.")
    if history.samples:
        last = history.samples[-1]
        for line in (f"last sample, at step {last.step:,}", *quoted(last.prompt + last.text)):
            say(line)


def _facts(run: "Run", manifest: "Manifest", summary: "RunSummary", history: "History") -> Iterator[tuple[str, object]]:
    from gpt2mini.frames import frames_of
    from gpt2mini_tui.cli.report import reference_lines
    from gpt2mini_tui.folds.changes import caveat, how_switched
    from gpt2mini_tui.folds.verdict import judge

    yield "run", run.name
    yield "folder", run.path
    yield "status", f"{summary.status}, {summary.step:,} of {summary.steps:,} steps"
    yield "age", words.age(summary.created)
    yield "parent", manifest.parent
    yield "text", summary.corpus
    yield "settings", ", ".join(f"{name} {value}" for name, value in _differences(manifest, history)) or "default"
    yield "switches", how_switched(summary, history)
    if history.references:
        yield "parameters", f"{history.parameters:,}"
        yield "references", reference_lines(history.references)
    yield "loss", words.nats(summary.smoothed)
    bits = words.bits(summary.val_loss, history.bytes_per_token)
    yield "validation", ", ".join(filter(None, (words.nats(summary.val_loss, is_measured=summary.is_validated), bits)))
    if history.has_pairs:
        vocabulary, size = manifest.config.model.vocab_size, history.bytes_per_token
        yield "tokenizer", f"bpe, {vocabulary:,} tokens of {size:.2f} bytes on the mean"
    if history.answered is not None:
        last = history.answered
        yield "answers", words.answers(last.exact, last.tokens, last.problems, last.chance)
    yield "verdict", judge(history).text
    yield "tags", ", ".join(summary.tags)
    for name in ("question", "prediction", "note"):
        yield name, getattr(summary, name)
    yield "came out", summary.verdict
    yield "checkpoints", _checkpoints(run.checkpoints())
    yield "frames", _frames(frames_of(run.path))
    yield "command", manifest.command
    yield "but", caveat(history)


def _checkpoints(entries: "list[CheckpointEntry]") -> str:
    named = [f"{entry.name} ({entry.problem})" if entry.problem else entry.name for entry in entries]
    return ", ".join(named) or "none yet"


def _frames(frames: "list[Frame]") -> str:
    """Return at which steps weights were kept for X-ray, and what they take; nothing where none were."""
    if not frames:
        return ""
    steps = ", ".join(f"{frame.step:,}" for frame in frames)
    return f"steps {steps}: {words.size(sum(frame.size for frame in frames))}"


def _differences(manifest: "Manifest", history: "History") -> Iterator[tuple[str, Value]]:
    """Yield the settings, switches left out, that are not at their defaults; `resume` may have changed the steps."""
    config = history.config or manifest.config
    for part in (config.model, config.train):
        for spec in specs(type(part)):
            value = getattr(part, spec.name)
            if value != spec.default:
                yield spec.name, value


def _record(run: "Run", manifest: "Manifest", summary: "RunSummary", history: "History") -> dict[str, Any]:
    from gpt2mini.frames import frames_of

    return {
        "run": summary,
        "config": history.config or manifest.config,
        "references": history.references,
        "parameters": history.parameters,
        "answers": history.answered,
        "bytes_per_token": history.bytes_per_token,
        "bits_per_byte": words.bits_per_byte(summary.val_loss, history.bytes_per_token),
        "checkpoints": [
            {"name": entry.name, "step": entry.step, "val_loss": entry.val_loss, "problem": entry.problem}
            for entry in run.checkpoints()
        ],
        "frames": [{"step": frame.step, "size": frame.size} for frame in frames_of(run.path)],
        "sample": history.samples[-1] if history.samples else None,
        "parent": manifest.parent,
        "command": manifest.command,
    }
