"""`gpt2mini-tui tokenizers compare`."""

import math
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from gpt2mini.config import Config, ModelConfig, TrainConfig
from gpt2mini_tui import words
from gpt2mini_tui.cli.experiment_options import SMALL_MODEL, SMALL_TRAINING
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.options import threads_option
from gpt2mini_tui.cli.output import is_terminal, note, say, say_json, width
from gpt2mini_tui.cli.progress import Bar
from gpt2mini_tui.cli.signals import Signals, StoppedEarlyError
from gpt2mini_tui.cli.table import cut as shortened
from gpt2mini_tui.cli.table import table
from gpt2mini_tui.safe import safe

if TYPE_CHECKING:
    from gpt2mini.corpus import Corpus
    from gpt2mini.experiments.tokenizing import Cut

__all__ = ["compare_tokenizers"]

_EXAMPLES = """
gpt2mini-tui tokenizers compare
gpt2mini-tui tokenizers compare "the cat sat on the mat" --data data.txt --vocab-size 512
gpt2mini-tui tokenizers compare --data tinyshakespeare --steps 500
"""
_HEADERS = ("tokenizer", "vocabulary", "tokens", "chars/token", "unknown")
_TRAINED = ("parameters", "steps", "nats/token", "bits/byte")


@click.command("compare", cls=Command, epilog=_EXAMPLES)
@click.argument("text", default="")
@click.option("--data", default="tales", show_default=True, help="The text that both tokenizers are made from.")
@click.option("--encoding", default="utf-8", show_default=True, help="Of that text.")
@click.option("--vocab-size", type=click.IntRange(256, 65536), default=1024, show_default=True, help="Of bpe.")
@click.option(
    "--steps",
    type=click.IntRange(0, 10**6),
    default=0,
    show_default=True,
    help="Train a small model on both, on the bytes of so many steps of one-byte tokens; 0 trains none.",
)
@threads_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def compare_tokenizers(
    text: str, *, data: str, encoding: str, vocab_size: int, steps: int, threads: int, as_json: bool
) -> int:
    """Cut a text into characters and into byte pairs, and set both beside one another.

    Without TEXT it is the whole of --data. With --steps the same small model learns both; it reads the same bytes each
    time, and what it came to is compared in bits per byte, because a token of one is several of the other.
    """
    from gpt2mini.corpus import prepare
    from gpt2mini.experiments.tokenizing import cut

    home = the_home()
    corpora = [prepare(data, home, kind, vocab_size=vocab_size, encoding=encoding) for kind in ("char", "bpe")]
    cuts, code = [cut(corpus, text) for corpus in corpora], 0
    if steps:
        cuts, code = _trained(cuts, corpora, steps, threads)
    if as_json:
        say_json({"data": corpora[0].name, "text": text or None, "tokenizers": [_record(one) for one in cuts]})
        return code
    headers = (*_HEADERS, *(_TRAINED if any(one.steps for one in cuts) else ()))
    room = width() if is_terminal(sys.stdout) else None
    for line in table(headers, [_row(one)[: len(headers)] for one in cuts], right=headers[1:], width=room):
        say(line)
    say()
    for one in cuts:
        pieces = safe("".join(f"[{piece}]" for piece in one.pieces))
        say(f"{one.tokenizer:<5} {shortened(pieces, (room or 100) - 6)}")
    return code


def _trained(cuts: "list[Cut]", corpora: "list[Corpus]", steps: int, threads: int) -> "tuple[list[Cut], int]":
    """Return the same with what a small model came to on each, and the exit code of a signal."""
    from gpt2mini.experiments.tokenizing import Cut, measure

    settings: dict[str, Any] = {**SMALL_TRAINING, "steps": steps, "sample_every": 0, "probe_every": 0, "eval_every": 0}
    shape: dict[str, Any] = {**SMALL_MODEL}
    config = Config(
        model=ModelConfig(vocab_size=1, **shape),
        train=TrainConfig(**settings),
    )
    bar, found = Bar(), list(cuts)
    with Signals() as signals:
        try:
            for place, (one, corpus) in enumerate(zip(cuts, corpora, strict=True)):
                for news in measure(one, config, corpus, threads=threads, started=signals.attach):
                    if isinstance(news, Cut):
                        found[place] = news
                    elif bar.is_due():
                        bar.draw(f"{one.tokenizer}: step {news.step:,}")
                if signals.caught is not None:
                    found[place] = one
                    break
        except StoppedEarlyError:
            note("Stopped before anything was trained.")
        finally:
            bar.clear()
    return found, signals.code if signals.caught is not None else 0


def _row(one: "Cut") -> tuple[str, ...]:
    return (
        one.tokenizer,
        f"{one.vocabulary:,}",
        f"{one.tokens:,}",
        f"{one.characters_per_token:.2f}",
        f"{one.unknown:,}",
        f"{one.parameters:,}",
        f"{one.steps:,}",
        words.loss(one.nats_per_token),
        words.loss(one.bits_per_byte),
    )


def _record(one: "Cut") -> dict[str, Any]:
    loss = {"nats_per_token": one.nats_per_token, "bits_per_byte": one.bits_per_byte}
    known = {name: None if math.isnan(value) else value for name, value in loss.items()}
    return {**asdict(one), "characters_per_token": one.characters_per_token, **known}
