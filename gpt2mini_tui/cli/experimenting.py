"""Experiments from the command line: trained with a bar that knows what is left, shown as tables, in any form."""

import math
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gpt2mini.config import DataConfig
from gpt2mini.errors import CannotCreateError, reason
from gpt2mini.events import Finished, StepDone
from gpt2mini.experiments.arms import Arm, Question
from gpt2mini.experiments.findings import table_rows
from gpt2mini.paths import Home
from gpt2mini_tui import words
from gpt2mini_tui.cli.experiment_options import Asked, Form
from gpt2mini_tui.cli.output import is_terminal, note, say, say_json, say_sentence, width
from gpt2mini_tui.cli.progress import Bar, share_line
from gpt2mini_tui.cli.signals import Signals, StoppedEarlyError
from gpt2mini_tui.cli.table import cut, table
from gpt2mini_tui.folds.pace import Pace, cost_of
from gpt2mini_tui.reports.results import HEADERS, Result, csv_text, fitting, left_out, markdown, record, sample_lines

if TYPE_CHECKING:
    from gpt2mini.corpus import Corpus
    from gpt2mini.experiments.matched import Heard, Matched
    from gpt2mini_tui.charts.figure import Picture

__all__ = ["answer", "asked_again", "explore", "investigate", "show", "show_picture", "write_page"]


def investigate(
    questions: Sequence[Question],
    home: Home,
    *,
    text: DataConfig,
    threads: int = 0,
    done: Callable[[Result], None] | None = None,
) -> tuple[list[Result], int]:
    """Train everything that the questions need; return what came out and the exit code, which is that of a signal.

    Runs that are there already are read. `done` hears of each question as soon as it is answered.
    """
    bar = _Watch(questions)
    results: list[Result] = []
    with Signals() as signals:
        try:
            bar.say("Loading torch")
            from gpt2mini.experiments.matched import Matched
            from gpt2mini.runs import Store

            corpus = _prepared(text, home, bar)
            signals.hold()
            for question in questions:
                matched = Matched(question.arms, corpus, Store(home.checkpoints), seeds=question.seeds, threads=threads)
                signals.attach(matched)
                _follow(question, matched, bar)
                results.append(_result(question, matched, corpus))
                if matched.is_stopped:
                    break
                bar.clear()
                if done is not None:
                    done(results[-1])
        except StoppedEarlyError:
            note("Stopped before anything was trained.")
        finally:
            bar.clear()
    if signals.caught is not None:
        note("Stopped, and saved. The same command goes on from here.")
    return results, signals.code


def explore(
    questions: Sequence[Question], asked: Asked, home: Home, *, done: Callable[[Result], None] | None = None
) -> tuple[list[Result], int]:
    """Train what was asked for and write into the notebook of its runs; return what came out and the exit code.

    `done` hears of each question as soon as it is answered, where the answer is for a person to read.
    """
    from gpt2mini.experiments.notebook import label_arms
    from gpt2mini.runs import Store

    questions = [
        replace(question, text=asked.question or question.text, prediction=asked.prediction) for question in questions
    ]
    results, code = investigate(
        questions,
        home,
        text=questions[0].arms[0].config.data,
        threads=asked.threads,
        done=done if asked.form.is_shown else None,
    )
    for question, result in zip(questions, results, strict=False):
        names = dict(zip((arm.label for arm in result.arms), result.runs, strict=True))
        label_arms(Store(home.checkpoints), question, names, result.rows)
    return results, code


def show(result: Result) -> None:
    """Print the table of an experiment, what can be said about it, and what each arm writes."""
    room = width() if is_terminal(sys.stdout) else None
    headers, rows = fitting(result.rows, room)
    say(f"{result.title} on {result.corpus}, {words.count(len(result.seeds), 'seed')}, losses in nats/token")
    say()
    for line in table(headers, rows, right=HEADERS[1:-1], width=room):
        say(line)
    missing = left_out(result.rows, room)
    if missing:
        say()
        say_sentence(f"Left out: {', '.join(missing)} (a wider terminal, --markdown or --csv has them)")
    say()
    for row in result.rows:
        say_sentence(row.finding.text)
    samples = sample_lines(result.rows)
    if samples:
        say()
        widest = max(len(label) for label, _ in samples)
        for label, text in samples:
            say(cut(f"{label:<{widest}} | {text}", room or 120))
    say()


def show_picture(picture: "Picture", form: Form, *, height: int) -> str:
    """Return a picture as SVG for a page; draw it, too, where the answer is for a person to read."""
    from gpt2mini_tui.charts.svg_chart import svg_chart

    if form.is_shown:
        from gpt2mini_tui.cli.drawing import drawn

        for line in drawn(picture, min(width(), 100) if is_terminal(sys.stdout) else 80, height):
            say(line)
    return svg_chart(picture)


def answer(
    results: Sequence[Result],
    form: Form,
    *,
    title: str,
    extra: Sequence[str] = (),
    fit: Mapping[str, Any] | None = None,
    sentences: Sequence[str] = (),
) -> None:
    """Give the results in the forms that were asked for, other than the tables that `show` has printed already.

    `extra` is HTML for the top of the page; `fit` and `sentences` are what more a program or a text is told.
    """
    if form.as_json:
        say_json({"experiments": [record(result) for result in results], **({"fit": fit} if fit else {})})
    if form.as_csv:
        for line in csv_text(results).splitlines():
            say(line)
    if form.as_markdown:
        for result in results:
            for line in markdown(result).splitlines():
                say(line)
        for sentence in sentences:
            say(f"- {sentence}")
    if form.html is not None:
        write_page(form.html, results, title=title, extra=extra)


def write_page(path: Path, results: Sequence[Result], *, title: str, extra: Sequence[str] = ()) -> None:
    """Write the one-file report; raises CannotCreateError."""
    from gpt2mini_tui.reports.report_page import report_page

    try:
        path.expanduser().write_text(report_page(results, title=title, asked=asked_again(), extra=extra), "utf-8")
    except OSError as error:
        raise CannotCreateError("cannot write the page", where=path, why=reason(error)) from error
    note(f"The report is in {path}")


def asked_again() -> str:
    """Return the command line that this process was given."""
    return shlex.join(["gpt2mini-tui", *sys.argv[1:]])


def _prepared(text: DataConfig, home: Home, bar: "_Watch") -> "Corpus":
    from gpt2mini.corpus import prepare

    return prepare(
        text.data,
        home,
        text.tokenizer,
        vocab_size=text.vocab_size,
        encoding=text.encoding,
        progress=lambda share: bar.say(f"Reading, {share:.0%}"),
    )


def _result(question: Question, matched: "Matched", corpus: "Corpus") -> Result:
    return Result(
        title=question.title,
        corpus=corpus.name,
        seeds=question.seeds,
        arms=matched.arms,
        rows=table_rows([arm.label for arm in matched.arms], matched.measured),
        runs=tuple(map(tuple, matched.runs)),
        is_whole=not matched.is_stopped,
    )


def _follow(question: Question, matched: "Matched", bar: "_Watch") -> None:
    for heard in matched:
        arm = question.arms[heard.arm]
        bar.hear(arm, heard)
        if isinstance(heard.event, Finished) and heard.event.reason != "stopped":
            bar.tell_end(arm, heard)


class _Watch:
    """Follows all runs of a command: what is done, what is left, and how long that takes."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self.bar = Bar()
        self.pace = Pace(
            (len(question.seeds) * arm.config.train.steps, cost_of(arm.config))
            for question in questions
            for arm in question.arms
        )
        self.runs = sum(len(question.seeds) * len(question.arms) for question in questions)
        self.ended = 0

    def say(self, doing: str) -> None:
        """Say what there is to wait for."""
        if self.bar.is_due():
            self.bar.draw(f"{doing} …"[: self.bar.width])

    def clear(self) -> None:
        """Make room for lines that stay."""
        self.bar.clear()

    def hear(self, arm: Arm, heard: "Heard") -> None:
        """Take in an event, and draw."""
        event = heard.event
        self.pace.hear(heard, cost_of(arm.config))
        if isinstance(event, StepDone) and self.bar.is_due():
            self.bar.draw(self._line(arm, heard, event))

    def tell_end(self, arm: Arm, heard: "Heard") -> None:
        """Note that a run has ended; on a terminal the bar says enough."""
        self.ended += 1
        event = heard.event
        if isinstance(event, Finished) and not self.bar.is_on:
            came = f"val {words.loss(event.val_loss)}" if event.val_loss == event.val_loss else words.loss(event.loss)
            place = f"{self.ended}/{self.runs}"
            note(f"{place} {arm.label}, seed {heard.seed}: {came}, {event.reason} ({heard.run})")

    def _line(self, arm: Arm, heard: "Heard", event: StepDone) -> str:
        parts = [
            f"{self.ended + 1}/{self.runs} {arm.label}, seed {heard.seed}",
            f"step {event.step}/{arm.config.train.steps}",
            f"loss {words.loss(event.loss)}",
        ]
        if math.isfinite(self.pace.left):
            parts.insert(1, f"{words.duration(self.pace.left)} left")
        return share_line(self.pace.share, parts, self.bar.width)
