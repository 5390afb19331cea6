"""500 tokens from one prompt, the window of 256 growing full on the way."""

from collections.abc import Callable

import torch

from gpt2mini.config import Sampling
from gpt2mini.model import GPT2Mini
from gpt2mini.sampling import generate
from gpt2mini.tokenizer import CharTokenizer
from peers.models import Size, nanogpt_model, transformers_model

TOKENS = 500
LETTERS = "".join(map(chr, range(48, 48 + 65)))


def write(contender: str, path: str = "", strict: bool = False) -> Callable[[], float]:
    """Return the writing of a text by a contender, on one thread."""
    torch.set_num_threads(1)
    size, start = Size(), torch.zeros(1, 1, dtype=torch.int64)
    if contender == "this project":
        model, tokenizer = GPT2Mini(size.config().model), CharTokenizer.from_text(LETTERS)
        how = Sampling(tokens=TOKENS, temperature=0.8, top_k=40)
        return lambda: float(sum(1 for _ in generate(model, tokenizer, [0], how, strict=strict)))
    if contender == "nanoGPT":
        theirs = nanogpt_model(size, path).eval()
        return lambda: float(theirs.generate(start, TOKENS, temperature=0.8, top_k=40).numel())
    hugging = transformers_model(size).eval()
    how_theirs = {"do_sample": True, "temperature": 0.8, "top_k": 40, "pad_token_id": 0}
    return lambda: float(hugging.generate(start, max_new_tokens=size.T - 1, **how_theirs).numel())
