"""From a model, a text and the name of a view to something that can be read: one way in, for the command and the app.

Importing this imports no torch; the first look does, so it is for a thread, or for a command that has to wait anyway.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from gpt2mini.errors import LabError
from gpt2mini.paths import Home
from gpt2mini.runs import Store
from gpt2mini.views import EmbeddingView, LensView, SurpriseView, View
from gpt2mini_tui.xray.seen import Seen

if TYPE_CHECKING:
    from gpt2mini.checkpoint import Checkpoint
    from gpt2mini.sampling import Prompt

__all__ = ["LETTERS", "held_back", "look_into", "only_head"]

_NAMED = 4
"""Characters a model never saw that are named one by one, at most: the sentence has three lines of 80 columns."""
LETTERS = 4096
"""Tokens of a vocabulary that are named on a map, at most; nobody could read more."""
_EXCERPT = 64
"""Tokens of held-back text that are looked at when nobody has typed anything."""


def look_into(checkpoint: "Checkpoint", text: str, view: str, *, layer: int = 0, is_live: bool = False) -> Seen:
    """Return a view of what a model makes of a text; raises as `lens.examine` does.

    A layer below 0 counts from the last. The text is cropped to what the model sees at once, and it is said.
    """
    from gpt2mini.lens import WINDOW, examine
    from gpt2mini.sampling import encode_prompt

    model = checkpoint.config.model
    window = min(model.block_size, WINDOW)
    prompt = encode_prompt(text, checkpoint.tokenizer, window)
    found = examine(checkpoint.model, prompt.ids, view, layer=layer + model.n_layer if layer < 0 else layer)
    named = {token: checkpoint.tokenizer.decode([token]) for token in {*prompt.ids, *_spoken_of(found)}}
    return Seen(
        view=found,
        ids=tuple(prompt.ids),
        names=named,
        run=checkpoint.run,
        step=checkpoint.step,
        val_loss=checkpoint.val_loss,
        changed=checkpoint.ablations.changed(),
        n_layer=model.n_layer,
        n_head=model.n_head,
        vocab_size=model.vocab_size,
        notices=tuple(_notices(text, prompt, checkpoint, window)),
        is_live=is_live,
    )


def only_head(seen: Seen, head: int) -> Seen:
    """Return a view of attention with the weights of one head left; raises UsageError for one that is not there."""
    from gpt2mini.errors import UsageError
    from gpt2mini.views import AttentionView

    if not isinstance(seen.view, AttentionView):
        return seen
    if not -seen.n_head <= head < seen.n_head:
        raise UsageError(f"there is no head {head}", do=f"The heads are 0 to {seen.n_head - 1}.")
    return replace(seen, view=replace(seen.view, weights=seen.view.weights[head % seen.n_head][None]))


def held_back(checkpoint: "Checkpoint", home: Home) -> str:
    """Return some text to look at: what the run held back from training, or else what the model writes by itself."""
    window = min(checkpoint.config.model.block_size, _EXCERPT)
    try:
        from gpt2mini.corpus import reopen

        manifest = Store(home.checkpoints).get(checkpoint.run).manifest()
        corpus = reopen(str(manifest.corpus.get("fingerprint", "")), home)
        text = corpus.tokenizer.decode(
            corpus.val[: window + 200] if len(corpus.val) > window else corpus.train[:window]
        )
    except LabError:
        return _written(checkpoint, window)
    begin = text.find("\n", 0, 200) + 1
    return text[begin : begin + window]


def _written(checkpoint: "Checkpoint", tokens: int) -> str:
    from gpt2mini.config import Sampling
    from gpt2mini.sampling import encode_prompt, generate

    prompt = encode_prompt("", checkpoint.tokenizer, tokens)
    drawn = generate(checkpoint.model, checkpoint.tokenizer, prompt.ids, Sampling(tokens=tokens))
    return "".join(token.text for token in drawn)


def _spoken_of(view: View) -> Iterable[int]:
    """Return the ids that a view speaks of, besides those of the text."""
    if isinstance(view, LensView):
        return {int(token) for row in view.top for token in row}
    if isinstance(view, SurpriseView):
        return {int(token) for token in view.expected}
    return range(min(len(view.points), LETTERS)) if isinstance(view, EmbeddingView) else ()


def _notices(text: str, prompt: "Prompt", checkpoint: "Checkpoint", window: int) -> Iterator[str]:
    from gpt2mini.tokenizer import describe

    if not text:
        yield "There was no text: this is a line break."
    if prompt.cropped:
        yield f"At most {window:,} tokens are looked at: the first {prompt.cropped:,} of the text were left out."
    if prompt.unknown:
        placeholder = checkpoint.tokenizer.decode(checkpoint.tokenizer.encode_known(prompt.unknown[0])[0])
        became = f"{placeholder!r} stands in for" if placeholder else "Left out is"
        yield f"{became} what this model has never seen: {describe(prompt.unknown, most=_NAMED)}."
