"""The result of an experiment as a table: for a terminal, for a spreadsheet, for a text, for a program.

Every form comes from the same cells, so that they cannot say different things.
"""

import csv
import io
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gpt2mini.experiments.arms import Arm
from gpt2mini.experiments.findings import Row
from gpt2mini.experiments.measure import Measurement
from gpt2mini_tui import words
from gpt2mini_tui.setup.plan import NewRun, changes_between

__all__ = [
    "HEADERS",
    "Result",
    "cells",
    "command",
    "csv_text",
    "fitting",
    "left_out",
    "markdown",
    "measured",
    "record",
    "sample_lines",
]

HEADERS = (
    "arm",
    "loss",
    "val",
    "delta ± noise",
    "exact",
    "max grad",
    "block grads",
    "cosine",
    "passed",
    "tokens/s",
    "verdict",
)
_EXPENDABLE = ("tokens/s", "loss", "passed", "cosine", "block grads", "max grad")
"""Columns in the order in which they are left out of a terminal that is too narrow."""
_OF_TASKS = "exact"
"""The column that only a text of problems has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One experiment, as far as it has been measured."""

    title: str
    corpus: str
    seeds: tuple[int, ...]
    arms: tuple[Arm, ...]
    rows: tuple[Row, ...]
    runs: tuple[tuple[str, ...], ...]
    """The names of the run folders, arm by arm."""
    is_whole: bool = True
    """Whether every run of it is done."""

    def arm_of(self, row: Row) -> Arm:
        """Return the arm that a row is about."""
        return next(arm for arm in self.arms if arm.label == row.label)


def cells(row: Row) -> tuple[str, ...]:
    """Return a row as texts, one for each of HEADERS: means over the seeds, and what happened inside in the first."""
    first = row.runs[0]
    return (
        row.label,
        words.loss(_mean([one.loss for one in row.runs])),
        words.loss(_mean([one.val for one in row.runs])),
        _delta(row),
        words.share(_mean([one.exact for one in row.runs])),
        _short(max((one.max_grad_norm for one in row.runs), default=math.nan)),
        f"{_short(first.grad_norms[0])}/{_short(first.grad_norms[-1])}" if first.grad_norms else "–",
        "–" if math.isnan(first.token_cosine) else f"{first.token_cosine:.2f}",
        words.reference(first.reached) or "–",
        f"{_mean([one.tokens_per_second for one in row.runs]):,.0f}",
        row.finding.word,
    )


def fitting(rows: Sequence[Row], width: int | None) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return headers and rows without the columns for which there is no room; all of them where width is None."""
    shown = list(_columns(rows))
    full = [dict(zip(HEADERS, cells(row), strict=True)) for row in rows]

    def needed() -> int:
        return sum(max([len(name), *(len(row[name]) for row in full)]) + 2 for name in shown) - 2

    for name in _EXPENDABLE:
        if width is None or needed() <= width:
            break
        shown.remove(name)
    return tuple(shown), [tuple(row[name] for name in shown) for row in full]


def left_out(rows: Sequence[Row], width: int | None) -> list[str]:
    """Return the columns for which there is no room, from left to right."""
    shown, _ = fitting(rows, width)
    return [name for name in _columns(rows) if name not in shown]


def markdown(result: Result) -> str:
    """Return the table for a text file, and under it what can be said and how to do it again."""
    headers, rows = fitting(result.rows, None)
    lines = [f"## {result.title}", "", _line(headers), _line(["---", *["---:"] * (len(headers) - 2), "---"])]
    lines += [_line(row) for row in rows]
    lines += ["", *(f"- {row.finding.text}" for row in result.rows), ""]
    lines += [f"- sample of {row.label}: `{_inline(row.runs[0].sample)}`" for row in result.rows if row.runs[0].sample]
    lines += ["", "Each arm again:", "", "```sh", *(command(arm) for arm in result.arms), "```", ""]
    return "\n".join(lines)


def csv_text(results: Sequence[Result]) -> str:
    """Return one line for each run, with everything that was measured as plain numbers."""
    out = io.StringIO()
    names = ["experiment", "arm", "seed", "run", *_MEASURED, "delta", "noise", "verdict"]
    writer = csv.DictWriter(out, names, lineterminator="\n")
    writer.writeheader()
    for result in results:
        for row in result.rows:
            for seed, run, one in zip(result.seeds, _runs_of(result, row), row.runs, strict=False):
                known = {"experiment": result.title, "arm": row.label, "seed": seed, "run": run, **measured(one)}
                known |= {"delta": row.delta.mean, "noise": row.delta.noise, "verdict": row.finding.word}
                writer.writerow({name: "" if known[name] != known[name] else known[name] for name in names})
    return out.getvalue()


def record(result: Result) -> dict[str, Any]:
    """Return the experiment as plain values for `--json`."""
    return {
        "title": result.title,
        "corpus": result.corpus,
        "seeds": result.seeds,
        "whole": result.is_whole,
        "arms": [
            {
                "label": row.label,
                "changes": changes_between(result.arms[0].config, result.arm_of(row).config),
                "command": command(result.arm_of(row)),
                "score": {"mean": row.score.mean, "deviation": row.score.deviation, "count": row.score.count},
                "delta": {"mean": row.delta.mean, "noise": row.delta.noise, "assumed": row.delta.is_assumed},
                "verdict": row.finding.word,
                "finding": row.finding.text,
                "runs": [
                    {"run": run, "seed": seed, **measured(one), "sample": one.sample}
                    for seed, run, one in zip(result.seeds, _runs_of(result, row), row.runs, strict=False)
                ],
            }
            for row in result.rows
        ],
    }


def command(arm: Arm) -> str:
    """Return the command line that trains an arm alone."""
    return NewRun(config=arm.config).command()


def sample_lines(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """Return what each arm wrote at the end, beside its label, each on one line."""
    return [(row.label, _inline(row.runs[0].sample)) for row in rows if row.runs[0].sample]


def measured(one: Measurement) -> Mapping[str, Any]:
    """Return what was measured of a run by name, as plain values."""
    return {name: read(one) for name, read in _MEASURED.items()}


_MEASURED: Mapping[str, Callable[[Measurement], Any]] = {
    "step": lambda one: one.step,
    "reason": lambda one: one.reason,
    "initial": lambda one: one.initial,
    "loss": lambda one: one.loss,
    "val": lambda one: one.val,
    "best_val": lambda one: one.best_val,
    "exact": lambda one: one.exact,
    "answer_tokens": lambda one: one.answer_tokens,
    "max_grad_norm": lambda one: one.max_grad_norm,
    "block_grad_first": lambda one: one.grad_norms[0] if one.grad_norms else math.nan,
    "block_grad_last": lambda one: one.grad_norms[-1] if one.grad_norms else math.nan,
    "token_cosine": lambda one: one.token_cosine,
    "passed": lambda one: one.reached,
    "tokens_per_second": lambda one: one.tokens_per_second,
    "parameters": lambda one: one.parameters,
    "broken": lambda one: one.broken,
}


def _columns(rows: Sequence[Row]) -> tuple[str, ...]:
    is_task = any(math.isfinite(one.exact) for row in rows for one in row.runs)
    return tuple(name for name in HEADERS if is_task or name != _OF_TASKS)


def _runs_of(result: Result, row: Row) -> tuple[str, ...]:
    return next(runs for arm, runs in zip(result.arms, result.runs, strict=True) if arm.label == row.label)


def _delta(row: Row) -> str:
    if row.finding.word == "baseline":
        return f"± {row.score.deviation:.3f}" if row.score.count > 1 else "–"
    if math.isnan(row.delta.mean):
        return "–"
    return f"{row.delta.mean:+.3f} ± {row.delta.noise:.3f}"


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if math.isfinite(value)]
    return sum(known) / len(known) if known else math.nan


def _short(value: float) -> str:
    if math.isnan(value):
        return "–"
    return f"{value:.3g}" if 0.001 <= abs(value) < 10_000 or value == 0 else f"{value:.0e}"


def _line(texts: Sequence[str]) -> str:
    return "| " + " | ".join(text.replace("|", "\\|") for text in texts) + " |"


def _inline(text: str) -> str:
    return " ".join(text.replace("`", "'").split())[:120]
