"""A run as a table for other programs: every step one row, or every event one object."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from gpt2mini import events as said
from gpt2mini.events import to_record
from gpt2mini.runs import Run

__all__ = ["COLUMNS", "FORMATS", "export"]

FORMATS = ("csv", "jsonl")
COLUMNS = ("run", "step", "loss", "grad_norm", "lr", "tokens_per_second", "val_loss", "exact", "answer_tokens")


def export(run: Run, form: str, *, header: bool = True) -> Iterator[str]:
    """Yield the lines of a run, each with its line break: `csv` has a row a step, `jsonl` every event."""
    if form == "jsonl":
        for event in run.events():
            yield json.dumps({"run": run.name, **to_record(event)}, allow_nan=False) + "\n"
        return
    if header:
        yield ",".join(COLUMNS) + "\n"
    for row in _rows(run):
        yield _line(row)


def _rows(run: Run) -> Iterator[dict[str, Any]]:
    """Yield a row for each step that was taken, skipped or measured; steps that a resumed run took again once only."""
    row: dict[str, Any] = {}
    for event in run.events():
        if not isinstance(event, said.StepDone | said.Skipped | said.Evaluated | said.Answered):
            continue
        if row and row["step"] != event.step:
            yield row
            row = {}
        row |= {"run": run.name, "step": event.step}
        if isinstance(event, said.Evaluated):
            row["val_loss"] = event.val_loss
        elif isinstance(event, said.Answered):
            row |= {"exact": event.exact, "answer_tokens": event.tokens}
        else:
            row |= {name: getattr(event, name) for name in COLUMNS[2:6] if hasattr(event, name)}
    if row:
        yield row


def _line(row: dict[str, Any]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow([row.get(name, "") for name in COLUMNS])
    return text.getvalue()
