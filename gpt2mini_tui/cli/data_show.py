"""`gpt2mini-tui data show`."""

from typing import TYPE_CHECKING

import click

from gpt2mini.config import Config, DataConfig, ModelConfig
from gpt2mini_tui import words
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.output import note, say, say_json
from gpt2mini_tui.cli.table import cut, facts
from gpt2mini_tui.safe import safe

if TYPE_CHECKING:
    from gpt2mini.corpus import Corpus

__all__ = ["show_data"]

_EXAMPLES = """
gpt2mini-tui data show tales
gpt2mini-tui data show data.txt
gpt2mini-tui data show data.txt --tokenizer bpe --vocab-size 512
"""
BEGINNING = 600
"""Tokens of which the first lines are shown."""


@click.command("show", cls=Command, epilog=_EXAMPLES)
@click.argument("text", metavar="NAME|FILE|FOLDER|-", type=click.Path(path_type=str))
@click.option("--encoding", default="utf-8", show_default=True, help="Of the text.")
@click.option("--tokenizer", type=click.Choice(["char", "bpe"]), default="char", show_default=True, help="Its tokens.")
@click.option("--vocab-size", type=click.IntRange(256, 65536), default=1024, show_default=True, help="Of bpe.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show_data(text: str, *, encoding: str, tokenizer: str, vocab_size: int, as_json: bool) -> None:
    """Show a text as a model will see it: how large it is, its reference lines, and how it begins.

    The reference lines, in nats per token, are what counting alone reaches on the part that is held back.
    """
    from gpt2mini.corpus import prepare

    corpus = prepare(text, the_home(), tokenizer, vocab_size=vocab_size, encoding=encoding)
    if as_json:
        say_json(_record(corpus))
        return
    for line in facts(_shown(corpus)):
        say(line)
    for line in safe(corpus.tokenizer.decode(corpus.train[:BEGINNING]), lines=True).splitlines()[:8]:
        say(f"  | {cut(line, 100)}")
    for notice in corpus.notices:
        note(f"note: {notice}")


def _record(corpus: "Corpus") -> dict[str, object]:
    return {
        "name": corpus.name,
        "source": corpus.source,
        "fingerprint": corpus.fingerprint,
        "statistics": corpus.statistics,
        "tokenizer": corpus.tokenizer.kind,
        "vocab_size": corpus.tokenizer.vocab_size,
        "bytes_per_token": corpus.bytes_per_token,
        "train_tokens": len(corpus.train),
        "val_tokens": len(corpus.val),
        "references": corpus.references,
        "learnt_by": _command(corpus),
        "notices": corpus.notices,
    }


def _shown(corpus: "Corpus") -> list[tuple[str, str]]:
    from gpt2mini_tui.cli.report import reference_lines

    pairs = f"{corpus.bytes_per_token:.2f} bytes each on the mean"
    return [
        ("text", corpus.name),
        ("source", corpus.source),
        ("characters", f"{corpus.statistics.characters:,}, {corpus.statistics.distinct:,} different"),
        ("size", words.size(corpus.statistics.utf8_bytes)),
        ("tokens", f"{corpus.tokenizer.kind}, {corpus.tokenizer.vocab_size:,} different, {pairs}"),
        ("to train on", words.count(len(corpus.train), "token")),
        ("held back", words.count(len(corpus.val), "token")),
        ("references", reference_lines(corpus.references)),
        ("learnt by", _command(corpus)),
    ]


def _command(corpus: "Corpus") -> str:
    """Return the command that trains a small model which learns this task; empty for a text, or if none is known."""
    from gpt2mini.experiments.arms import sized
    from gpt2mini.presets import TASK_SETTINGS
    from gpt2mini_tui.setup.plan import NewRun

    found = TASK_SETTINGS.get(corpus.task.name) if corpus.task is not None else None
    if corpus.task is None or found is None or corpus.tokenizer.kind != "char":
        return ""
    config = Config(model=ModelConfig(vocab_size=1), data=DataConfig(data=corpus.task.name))
    return NewRun(config=sized(config, found)).command()
