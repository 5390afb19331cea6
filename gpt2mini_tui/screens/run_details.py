"""All that is known of a run or of one of its checkpoints, on one page: facts, a small loss curve, a sample."""

import math
from dataclasses import replace

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from gpt2mini.config import ModelConfig, parameter_count
from gpt2mini_tui import words
from gpt2mini_tui.charts.chart import Chart, Marker, Options
from gpt2mini_tui.charts.curves import horizon, loss_chart
from gpt2mini_tui.folds.changes import caveat, flips_of, how_switched
from gpt2mini_tui.runs.shelf import CheckpointEntry, Manifest, RunSummary, Story, changed_switches
from gpt2mini_tui.safe import safe
from gpt2mini_tui.screens.run_tree import Node
from gpt2mini_tui.screens.sieve import said
from gpt2mini_tui.switches import standing
from gpt2mini_tui.widgets.chart_view import ChartView
from gpt2mini_tui.widgets.particulars import Fact, Particulars

__all__ = ["RunDetails"]


class RunDetails(VerticalScroll):
    """Shows at once what the list knows, and the rest when the log has been read."""

    def compose(self) -> ComposeResult:
        """Make the parts; what has nothing to show is hidden."""
        yield Static(id="details-title", markup=False)
        yield Particulars(id="details-facts")
        yield ChartView(id="details-chart")
        yield Static(id="details-sample-title", markup=False)
        yield Static(id="details-sample", markup=False)
        yield Particulars(id="details-command")

    @property
    def text(self) -> str:
        """What is said in words, for a test or a screen reader."""
        title, sample = (str(self.query_one(f"#details-{part}", Static).content) for part in ("title", "sample"))
        return "\n".join([title, self.query_one("#details-facts", Particulars).text, sample])

    def clear(self) -> None:
        """Show nothing."""
        self.display = False

    def show(self, node: Node, story: Story | None, verdict: str | None = None) -> None:
        """Show a run or a checkpoint; without its story, only what the list knows of it.

        `verdict` is what verifying it has shown, nothing for a sound one; None where nobody has.
        """
        self.display = True
        name, entry = node.run.name, node.entry
        title = f"{name} › step {entry.step:,}" if entry else name
        self.query_one("#details-title", Static).update(safe(title))
        facts = _run_facts(node.run, story) if entry is None else _checkpoint_facts(node.run, entry, story, verdict)
        self.query_one("#details-facts", Particulars).show(facts)
        self.query_one(ChartView).display = not (entry.problem if entry else node.run.problem)
        self._show_curve(entry, story)
        self._show_sample(entry, story)
        command = story.manifest.command if story is not None and story.manifest is not None else ""
        self.query_one("#details-command", Particulars).show(
            [
                Fact("command", command, "dim"),
                Fact("but", caveat(story.history) if story is not None and command else "", "dim"),
            ]
        )

    def _show_curve(self, entry: CheckpointEntry | None, story: Story | None) -> None:
        view = self.query_one(ChartView)
        if story is None:
            view.show(Chart(), title=Content("loss"), options=Options(hint="reading the log"))
            return
        chart = loss_chart(story.history)
        if entry is not None:
            chart = replace(chart, markers=(Marker(x=entry.step, label="▼"),))
        title = Content("loss, nats/token")
        view.show(chart, title=title, options=Options(x_limits=horizon(story.history), hint="no step taken yet"))

    def _show_sample(self, entry: CheckpointEntry | None, story: Story | None) -> None:
        step = entry.step if entry else story.history.step if story else 0
        sample = story.sample_before(step) if story else None
        heading = self.query_one("#details-sample-title", Static)
        body = self.query_one("#details-sample", Static)
        heading.display = body.display = sample is not None
        if sample is not None:
            heading.update(f"sample at step {sample.step:,}")
            body.update(Content(safe(sample.prompt + sample.text, lines=True).strip("\n")))


def _run_facts(run: RunSummary, story: Story | None) -> list[Fact]:
    status = said(run.status)
    progress = f", step {run.step:,} of {run.steps:,}" if run.steps else ""
    best = story.history.best if story else None
    return [
        Fact("problem", run.problem, "bad"),
        Fact("status", "" if run.problem else f"{status}{progress}", "accent" if status == "training" else ""),
        Fact("val loss", _val(run, story) if not run.problem else ""),
        Fact("best", f"{words.nats(best.loss)} at step {best.step:,}" if best else ""),
        Fact("train loss", words.nats(run.smoothed) if not math.isnan(run.smoothed) else ""),
        Fact("created", words.ago(run.created) if run.created else ""),
        Fact("switches", "" if run.problem else how_switched(run, story.history if story else None)),
        Fact("tags", " ".join(f"#{tag}" for tag in run.tags), "accent"),
        Fact("question", run.question),
        Fact("prediction", run.prediction),
        Fact("verdict", run.verdict, "strong"),
        Fact("note", run.note),
        *_manifest_facts(story.manifest if story else None),
    ]


def _val(run: RunSummary, story: Story | None) -> str:
    bits = words.bits(run.val_loss, story.history.bytes_per_token) if story else ""
    return ", ".join(filter(None, (words.nats(run.val_loss, is_measured=run.is_validated), bits)))


def _checkpoint_facts(run: RunSummary, entry: CheckpointEntry, story: Story | None, verdict: str | None) -> list[Fact]:
    if entry.problem:
        return [
            Fact("problem", entry.problem, "bad"),
            Fact("folder", str(entry.path)),
            Fact("what now", "It cannot be used. d deletes it; other checkpoints of this run are not affected."),
        ]
    loss = entry.state.get("loss")
    changed = changed_switches(entry)
    flips = [flip for flip in flips_of(story.history) if flip[0] <= entry.step] if story else []
    switches = "not readable" if changed is None else standing(changed, flips)
    return [
        Fact("name", entry.label, "accent"),
        Fact("run", "training now" if run.status == "running" else "", "accent"),
        Fact("val loss", words.nats(entry.val_loss, is_measured=_ends_not_finite(entry, story)), "strong"),
        Fact("train loss", words.nats(float(loss) if isinstance(loss, int | float) else math.nan)),
        Fact("saved", f"{words.ago(entry.created)}, {words.size(entry.size)}"),
        Fact("verified", verdict or ("sound ✓" if verdict == "" else "not yet; v does"), "bad" if verdict else "dim"),
        Fact("pinned", "◆ it outlives newer ones" if entry.pinned else ""),
        Fact("switches", switches),
        *_manifest_facts(story.manifest if story else None),
    ]


def _ends_not_finite(entry: CheckpointEntry, story: Story | None) -> bool:
    """Tell whether the last validation before a checkpoint was no number."""
    if story is None:
        return False
    lost = story.history.val.non_finite
    return max((step for step in (*story.measured, *lost) if step <= entry.step), default=None) in lost


def _manifest_facts(manifest: Manifest | None) -> list[Fact]:
    if manifest is None:
        return []
    model = manifest.config.model
    corpus = manifest.corpus
    train, val = corpus.get("train_tokens"), corpus.get("val_tokens")
    sizes = f", {train:,} + {val:,} tokens" if isinstance(train, int) and isinstance(val, int) else ""
    return [
        Fact("model", _shape(model)),
        Fact("parameters", f"{parameter_count(model):,}"),
        Fact("tokenizer", f"{manifest.config.data.tokenizer}, {model.vocab_size:,} tokens"),
        Fact("text", f"{corpus.get('name', manifest.config.data.data)}{sizes}"),
        Fact("forked from", manifest.parent),
    ]


def _shape(model: ModelConfig) -> str:
    layers, heads = words.count(model.n_layer, "layer"), words.count(model.n_head, "head")
    return f"{layers}, {heads}, {model.n_embd:,} wide, block {model.block_size:,}"
