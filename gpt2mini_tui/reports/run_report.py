"""Runs as one page of a lab notebook: what was asked, predicted and measured, and how to do each of them again.

The same facts make HTML, with curves, and Markdown, with numbers in their place. It loads nothing from anywhere.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gpt2mini.errors import CannotCreateError, reason
from gpt2mini.labels import NOTEBOOK
from gpt2mini.runs import RunSummary
from gpt2mini_tui import words
from gpt2mini_tui.charts.comparing import ceiling, delta, differences, share_text
from gpt2mini_tui.charts.figure import Curve, Picture
from gpt2mini_tui.charts.svg_chart import svg_chart
from gpt2mini_tui.folds.changes import changes_told
from gpt2mini_tui.folds.verdict import judge
from gpt2mini_tui.reports.legend import ABOUT, COLUMNS, alterations, lines_told, switches_told
from gpt2mini_tui.reports.report_page import html_table, page, shown
from gpt2mini_tui.runs.shelf import Story
from gpt2mini_tui.safe import safe
from gpt2mini_tui.setup.plan import NewRun

__all__ = ["Chapter", "html_report", "markdown_report", "write_report"]

_HEADERS = ("run", "step", "loss", "val", "best val", "difference")
_SPECIAL = "\\`*_[]|~"
"""What Markdown would take for more than text inside a line."""
_ROWS = 12
"""Validations that Markdown prints of each run at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One run of a report."""

    story: Story
    summary: RunSummary

    @property
    def notebook(self) -> list[tuple[str, str]]:
        """What people wrote beside it, and what the lab itself says."""
        known = [(name, getattr(self.summary, name)) for name in (*NOTEBOOK, "note")]
        tags = " ".join(f"#{tag}" for tag in self.summary.tags)
        said = [*known, ("tags", tags), ("the numbers say", judge(self.story.history).text)]
        return [(name, text) for name, text in said if text]

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What it is."""
        history, summary = self.story.history, self.summary
        return [
            ("status", f"{summary.status}, {summary.step:,} of {summary.steps:,} steps"),
            ("text", summary.corpus),
            ("parameters", f"{history.parameters:,}" if history.parameters else ""),
            ("switches", f"{words.switches(summary.changed) or 'all on'}{' at the end' if history.flips else ''}"),
            ("changed on the way", changes_told(history)),
            ("begun from", summary.parent),
        ]

    @property
    def command(self) -> str:
        """The command line that makes it again; nothing where it is not known."""
        manifest = self.story.manifest
        if manifest is None or manifest.command or manifest.parent:
            return "" if manifest is None else manifest.command
        return NewRun(config=manifest.config).command()  # an experiment made it

    @property
    def caveat(self) -> str:
        """Why that command does not make it again; nothing where it does."""
        is_changed = self.command and changes_told(self.story.history)
        return "The command begins this run; what was changed on the way is not in it." if is_changed else ""

    @property
    def sample(self) -> str:
        """What it wrote last."""
        samples = self.story.history.samples
        return samples[-1].prompt + samples[-1].text if samples else ""


def write_report(path: Path, chapters: Sequence[Chapter], *, title: str, asked: str) -> None:
    """Write the page: with curves where the file ends in .html, else as Markdown; raises CannotCreateError."""
    is_html = path.suffix.lower() in (".html", ".htm")
    text = (html_report if is_html else markdown_report)(chapters, title=title, asked=asked)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CannotCreateError("cannot write the report", where=path, why=reason(error)) from error


def html_report(chapters: Sequence[Chapter], *, title: str, asked: str) -> str:
    """Return one HTML page with curves; `asked` is the command that makes it again."""
    stories = [chapter.story for chapter in chapters]
    body = [f"<h1>{shown(title)}</h1>", f"<p>{ABOUT}</p>"]
    body += [*html_table(_HEADERS, _rows(stories)), *_html_legend(COLUMNS)]
    for name, picture in _pictures(stories).items():
        body += [f"<h2>{name}</h2>", svg_chart(picture)]
    for heading, told in _explained(chapters):
        body += [f"<h3>{heading}</h3>", *_html_legend(told)]
    settings = _differing(stories)
    if settings:
        heads = ("setting", *(story.name for story in stories))
        body += ["<h2>What they differ in</h2>", *html_table(heads, settings)]
    for chapter in chapters:
        body.append(f"<h2>{shown(chapter.story.name)}</h2>")
        body += _html_facts([*chapter.notebook, *chapter.facts])
        body += [f"<p>Sample</p><pre>{shown(chapter.sample)}</pre>"] if chapter.sample else []
        body += [f"<p>Again</p><pre>{shown(chapter.command)}</pre>"] if chapter.command else []
        body += [f"<p>{shown(chapter.caveat)}</p>"] if chapter.caveat else []
    body += ["<h2>This page again</h2>", f"<pre>{shown(asked)}</pre>"]
    return page(body, title=title)


def markdown_report(chapters: Sequence[Chapter], *, title: str, asked: str) -> str:
    """Return the same as a text in Markdown."""
    stories = [chapter.story for chapter in chapters]
    lines = [f"# {_plain(title)}", "", ABOUT, "", *_table(_HEADERS, _rows(stories)), "", *_listed(COLUMNS), ""]
    lines += ["## Validation loss, nats/token", "", *_table(*_validations(stories)), ""]
    for heading, told in _explained(chapters):
        lines += [f"### {heading}", "", *_listed(told), ""]
    settings = _differing(stories)
    if settings:
        heads = ("setting", *(story.name for story in stories))
        lines += ["## What they differ in", "", *_table(heads, settings), ""]
    for chapter in chapters:
        lines += [f"## {_plain(chapter.story.name)}", ""]
        lines += [f"- {name}: {_plain(text)}" for name, text in (*chapter.notebook, *chapter.facts) if text]
        lines += ["", "Sample:", "", *_fenced(chapter.sample)] if chapter.sample else []
        lines += ["", "Again:", "", *_fenced(chapter.command, "sh")] if chapter.command else []
        lines += ["", _plain(chapter.caveat)] if chapter.caveat else []
        lines.append("")
    lines += ["## This page again", "", *_fenced(asked, "sh"), ""]
    return "\n".join(lines)


# What both say


def _rows(stories: Sequence[Story]) -> list[tuple[str, ...]]:
    """Return a line for each run, its validation loss set against that of the first."""
    rows: list[tuple[str, ...]] = []
    for story in stories:
        history = story.history
        found = None if story is stories[0] else delta(story, stories[0])
        best = words.loss(history.best.loss) if history.best else "–"
        last = words.loss(history.last_val, is_measured=bool(history.validations))
        losses = words.loss(history.loss.smoothed.y), last, best
        difference = f"{words.difference(found[1])} at step {found[0]:,}" if found else "–"
        rows.append((story.name, f"{history.step:,}", *losses, difference))
    return rows


def _pictures(stories: Sequence[Story]) -> Mapping[str, Picture]:
    references = tuple((words.reference(name), value) for name, value in _references(stories).items())
    markers = tuple((float(one.step), one.number) for one in alterations(stories))
    names = [safe(story.name) for story in stories]
    val = [Curve(label=name, points=sorted(story.measured.items())) for name, story in zip(names, stories, strict=True)]
    loss = [Curve(label=name, points=story.history.loss.smooth()) for name, story in zip(names, stories, strict=True)]
    loss_picture = Picture(curves=tuple(loss), references=references, markers=markers, ceiling=ceiling(stories))
    found = {"Training loss, smoothed": loss_picture}
    if any(curve.points for curve in val):
        found = {"Validation loss": replace(loss_picture, curves=tuple(val)), **found}
    return found


def _references(stories: Sequence[Story]) -> Mapping[str, float]:
    """Return the losses that runs are held against, the highest first; none where their texts differ."""
    known = stories[0].history.references if share_text(stories) else {}
    return dict(sorted(known.items(), key=lambda reference: -reference[1]))


def _explained(chapters: Sequence[Chapter]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield what the charts show beside the curves, each under a heading: names, and what they mean."""
    stories = [chapter.story for chapter in chapters]
    lines = lines_told(_references(stories))
    if lines:
        yield "The loss that other ways of predicting this text have", lines
    changes = alterations(stories)
    if changes:
        told = [(one.number, f"{one.run}, step {one.step:,}: {one.text}") for one in changes]
        yield "What was changed while they trained", told
    names = [*(one.name for one in changes), *(name for chapter in chapters for name in chapter.summary.changed)]
    switches = switches_told(names)
    if switches:
        yield "What these settings are", switches


def _differing(stories: Sequence[Story]) -> list[tuple[str, ...]]:
    """Return the settings that runs began with and differ in; what was changed later is told by itself."""
    known = differences(stories) if len(stories) > 1 else []
    return [(name, *values) for name, values in known if name not in ("flipped", "changed")]


def _validations(stories: Sequence[Story]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return heads and rows of the validation losses, thinned to as many as one reads."""
    steps = sorted({step for story in stories for step in story.measured})
    every = max(1, -(-len(steps) // _ROWS))
    kept = steps[::-1][::every][::-1]
    measured = [story.measured for story in stories]
    rows = [
        (f"{step:,}", *(words.loss(known.get(step, math.nan), is_measured=step in known) for known in measured))
        for step in kept
    ]
    return ("step", *(story.name for story in stories)), rows


# HTML


def _html_legend(told: Sequence[tuple[str, str]]) -> Iterator[str]:
    yield "<dl>"
    yield from (f"<dt>{shown(name)}</dt><dd>{shown(text)}</dd>" for name, text in told)
    yield "</dl>"


def _html_facts(facts: Sequence[tuple[str, str]]) -> Iterator[str]:
    yield "<ul>"
    yield from (f"<li><b>{shown(name)}</b>: {shown(text)}</li>" for name, text in facts if text)
    yield "</ul>"


# Markdown


def _plain(text: str) -> str:
    """Return a text that Markdown takes for nothing but text, on one line."""
    shown = safe(text).replace("&", "&amp;").replace("<", "&lt;")
    return "".join(f"\\{one}" if one in _SPECIAL else one for one in shown)


def _listed(told: Sequence[tuple[str, str]]) -> list[str]:
    return [f"- **{_plain(name)}**: {_plain(text)}" for name, text in told]


def _fenced(text: str, language: str = "") -> list[str]:
    """Return a block that no line of the text can end."""
    shown = safe(text, lines=True)
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", shown)), default=0))
    return [f"{fence}{language}", *shown.splitlines(), fence]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [heads, ["---"] * len(heads), *rows]
    return ["| " + " | ".join(cell if cell == "---" else _plain(cell) for cell in line) + " |" for line in lines]
