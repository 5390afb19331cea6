"""`gpt2mini-tui generate`."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gpt2mini.config import Sampling
from gpt2mini.errors import UsageError
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.options import load_option, settings, settings_options
from gpt2mini_tui.cli.output import is_terminal, say_json, write

if TYPE_CHECKING:
    from gpt2mini.checkpoint import Checkpoint
    from gpt2mini.sampling import Prompt, Token
    from gpt2mini_tui.cli.loading import Found

__all__ = ["generate"]

_EXAMPLES = """
gpt2mini-tui generate --prompt "ROMEO:" --tokens 500
gpt2mini-tui generate --load tales-1/step-000500 --temperature 0.5 --seed 7
gpt2mini-tui generate --samples 5 --tokens 100
gpt2mini-tui generate --load model.safetensors > story.txt
gpt2mini-tui generate --stream --json --tokens 50 | jq '[.token, .probability, .rank]'
"""


@click.command(cls=Command, epilog=_EXAMPLES)
@load_option
@click.option("--prompt", default="", help="What the text begins with; it is written too.")
@settings_options(Sampling)
@click.option(
    "--samples",
    type=click.IntRange(1, 1000),
    default=1,
    show_default=True,
    metavar="N",
    help="How many texts to write, each from a seed of its own: --seed, one more, …",
)
@click.option("--strict", is_flag=True, help="Read the whole window anew for every token; slower.")
@click.option("--stream/--no-stream", default=None, help="Write each token at once (as text), or all at the end.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object of everything; with --stream one a token, at once."
)
def generate(*, load: str, prompt: str, samples: int, strict: bool, stream: bool | None, as_json: bool) -> None:
    """Let a trained model write.

    Into a pipe or a file the text goes as it is; on a terminal its control characters are shown instead of obeyed.
    With --stream --json each token is a line: token, id, probability, rank (0 is the likeliest), and the entropy in
    nats of the distribution that it was drawn from, before temperature, top-k and top-p.
    """
    from gpt2mini_tui.cli.loading import encode, find_model, open_model

    if samples > 1 and (strict or stream):
        raise UsageError("--samples writes its texts at once", do="Leave out --strict and --stream.")
    writing = settings(Sampling)
    found = find_model(load, the_home())
    checkpoint = open_model(found)
    encoded = encode(prompt, checkpoint)
    if samples > 1:
        texts = _samples(checkpoint, encoded, writing, samples)
        if as_json:
            say_json({**_origin(found, checkpoint, prompt), "samples": texts, "settings": writing})
        else:
            _write_samples(prompt, texts)
        return
    tokens = _tokens(checkpoint, encoded, writing, strict=strict)
    if as_json and stream:
        _stream_json(tokens)
    elif as_json:
        _say_json(found, checkpoint, prompt, list(tokens), writing)
    else:
        _write_all(prompt, tokens, stream=stream is not False)


def _tokens(checkpoint: "Checkpoint", prompt: "Prompt", writing: Sampling, *, strict: bool) -> "Iterator[Token]":
    import torch

    from gpt2mini.sampling import generate as draw

    torch.set_num_threads(1)  # one row at a time has no work for two
    return draw(checkpoint.model, checkpoint.tokenizer, prompt.ids, writing, strict=strict)


def _samples(checkpoint: "Checkpoint", prompt: "Prompt", writing: Sampling, count: int) -> list[dict[str, object]]:
    import torch

    from gpt2mini.sampling import generate_each

    torch.set_num_threads(1)
    written = generate_each(checkpoint.model, checkpoint.tokenizer, [prompt.ids] * count, writing)
    return [
        {"seed": seed, "text": "".join(token.text for token in tokens), "tokens": tokens}
        for seed, tokens in enumerate(written, writing.seed)
    ]


def _write_samples(prompt: str, samples: list[dict[str, object]]) -> None:
    for number, sample in enumerate(samples, 1):
        write(f"--- {number} of {len(samples)}, seed {sample['seed']} ---\n")
        write(f"{prompt}{sample['text']}\n")


def _write_all(prompt: str, tokens: "Iterator[Token]", *, stream: bool) -> None:
    write(prompt)
    if stream:
        for token in tokens:
            write(token.text)
    else:
        write("".join(token.text for token in tokens))
    if is_terminal(sys.stdout):
        write("\n")


def _stream_json(tokens: "Iterator[Token]") -> None:
    for token in tokens:
        said = {"token": token.text, "id": token.id, "probability": token.probability}
        say_json({**said, "rank": token.rank, "entropy": token.entropy, "seen": token.seen})


def _say_json(found: "Found", checkpoint: "Checkpoint", prompt: str, tokens: "list[Token]", writing: Sampling) -> None:
    text = "".join(token.text for token in tokens)
    say_json({**_origin(found, checkpoint, prompt), "text": text, "tokens": tokens, "settings": writing})


def _origin(found: "Found", checkpoint: "Checkpoint", prompt: str) -> dict[str, object]:
    return {"model": found.name, "run": checkpoint.run, "step": checkpoint.step, "prompt": prompt}
