"""What the fields of a form come to: the text, the size of the model and memory; and the time and command for it."""

from collections.abc import Iterator
from dataclasses import replace

from gpt2mini.config import Config, parameter_count
from gpt2mini_tui import words
from gpt2mini_tui.screens.setup_reader import Known, TextFacts
from gpt2mini_tui.setup.estimates import memory, nearest, seconds
from gpt2mini_tui.setup.form import Form
from gpt2mini_tui.widgets.particulars import Fact

__all__ = ["asked", "facts", "sized"]


def facts(form: Form, known: Known) -> list[Fact]:
    """Return everything that is worth knowing before the run is started, what can be done without at the end."""
    problems = list(dict.fromkeys(form.problems.values()))
    found = [Fact("problem" if index == 0 else "", problem, "bad") for index, problem in enumerate(problems)]
    found += _text(known)
    if not problems:
        kind = "more steps" if form.begins_at else "steps"
        found += _size(_ahead(sized(form.read(), known.text), form.begins_at), known, kind=kind)
    return [*found, Fact("note", form.note, "accent"), *_notices(known)]


def asked(form: Form, known: Known) -> list[Fact]:
    """Return how long the run takes, and the command line that makes the same; nothing as long as there is none."""
    if form.problems:
        return []
    config = _ahead(sized(form.read(), known.text), form.begins_at)
    return [*_time(config, known), Fact("command", form.plan().command(), "dim")]


def sized(config: Config, text: TextFacts | None) -> Config:
    """Return a configuration as it will be once the text is known: its vocabulary, and a block that it can fill."""
    if text is None or not text.train_tokens:
        return config
    block = min(config.model.block_size, max(1, text.train_tokens - 1))
    return replace(config, model=replace(config.model, vocab_size=max(1, text.vocabulary), block_size=block))


def _ahead(config: Config, begins_at: int) -> Config:
    """Return a configuration with the steps that are still to be taken: a fork begins at a step."""
    return replace(config, train=replace(config.train, steps=max(1, config.train.steps - begins_at)))


def _text(known: Known) -> Iterator[Fact]:
    text = known.text
    if known.problem:
        yield Fact("text", known.problem, "bad")
    elif text is None:
        yield Fact("text", "reading it…", "dim")
    elif text.asks:
        yield Fact("text", text.asks, "accent")
    else:
        yield Fact("text", f"{text.name}: {text.characters:,} characters, {text.distinct:,} different")
        held = f"and {text.val_tokens:,} held back" if text.val_tokens else "none held back: too short"
        pairs = f", {text.vocabulary:,} different of {text.bytes_per_token:.2f} bytes"
        kinds = pairs if text.vocabulary != text.distinct else ""
        yield Fact("tokens", f"{text.train_tokens:,}, {held}{kinds}")


def _notices(known: Known) -> Iterator[Fact]:
    """Yield what else there is to say of a text: the lines its loss is held against, and what was done to it."""
    if known.text is None:
        return
    for notice in known.text.notices:
        yield Fact("note", notice, "accent")
    ordered = sorted(known.text.references.items(), key=lambda reference: -reference[1])
    yield Fact("loss of", ", ".join(f"{words.loss(value)} {words.reference(name)}" for name, value in ordered))


def _size(config: Config, known: Known, *, kind: str) -> Iterator[Fact]:
    model, text = config.model, known.text
    is_known = text is not None and text.train_tokens > 0
    parameters = parameter_count(model)
    yield Fact(
        "model", f"{words.millions(parameters)} parameters{f' ({parameters:,})' if is_known else ' and the vocabulary'}"
    )
    if is_known and text is not None and text.train_tokens <= model.block_size + 1:
        yield Fact("note", f"the text is short: the block becomes {model.block_size:,}", "accent")
    yield Fact("memory", f"{words.size(memory(config, threads=known.threads))} beside the program")
    tokens = config.train.batch_size * model.block_size
    yield Fact("a step", f"{tokens:,} tokens")
    if is_known and text is not None:
        passes = config.train.steps * tokens / text.train_tokens
        times = f"{passes:,.0f}" if passes >= 100 else f"{passes:.3g}"
        yield Fact("in all", f"{config.train.steps:,} {kind}, {times} passes over the text")


def _time(config: Config, known: Known) -> Iterator[Fact]:
    pace = nearest(config, known.paces)
    if pace is None:
        said = (
            "measuring this machine, some 8 seconds" if known.is_measuring else "unknown until a first run or `bench`"
        )
        yield Fact("time", said, "dim")
        return
    spent = words.duration(seconds(config, pace))
    yield Fact("time", f"about {spent}, by {pace.origin} ({words.rate(pace.tokens_per_second)})", "strong")
