"""What several runs have in common and what not: their settings, and the distance of their losses.

Numbers are only set against each other where that is fair: losses at the same step, reference lines where the text is
the same.
"""

import math
from collections.abc import Sequence

from gpt2mini.settings import to_plain
from gpt2mini_tui.folds.changes import flips_of
from gpt2mini_tui.runs.shelf import Story
from gpt2mini_tui.switches import flips, title, word

__all__ = ["LETTERS", "NOISE", "ceiling", "delta", "differences", "exact", "share_text", "why_no_delta"]

LETTERS = "abcdef"
"""What marked runs are called, on the chart and beside it; so many can be told apart."""
NOISE = 0.05
"""Nats per token; two seeds of the same run differ by as much, so a smaller distance says nothing."""


def delta(story: Story, baseline: Story) -> tuple[int, float] | None:
    """Return the last step at which both were validated, and how much larger the loss of `story` is there.

    None where `why_no_delta` gives a reason.
    """
    found = _distance(story, baseline)
    return None if isinstance(found, str) else found


def why_no_delta(story: Story, baseline: Story) -> str:
    """Return in a word why two runs have no distance: text, none or leak; nothing where they have one.

    There is none where the texts differ, where both were validated at no step but the one before training, and where
    one of them was trained without the causal mask then: its loss is no measure of prediction.
    """
    found = _distance(story, baseline)
    return found if isinstance(found, str) else ""


def _distance(story: Story, baseline: Story) -> tuple[int, float] | str:
    if not share_text([story, baseline]):
        return "text"
    own, other = story.measured, baseline.measured
    common = [step for step in own.keys() & other.keys() if math.isfinite(own[step]) and math.isfinite(other[step])]
    step = max(common, default=0)
    if not step:
        return "none"
    return (step, own[step] - other[step]) if _predicts(story, step) and _predicts(baseline, step) else "leak"


def _predicts(story: Story, step: int) -> bool:
    """Tell whether the causal mask was on at a step."""
    config = story.manifest.config if story.manifest is not None else story.history.config
    is_masked = config is None or config.ablations.causal_mask
    for flip in story.history.flips:
        if flip.name == "causal_mask" and flip.step < step:
            is_masked = bool(flip.value)
    return is_masked


def exact(story: Story) -> float:
    """Return the share of new problems that a run on a task answered exactly at last; NaN for any other run."""
    answered = story.history.answered
    return math.nan if answered is None else answered.exact


def ceiling(stories: Sequence[Story]) -> float:
    """Return a loss in nats that nothing passes but what explodes: twice that of guessing, where it is known."""
    return max((2 * story.history.references.get("uniform", math.inf) for story in stories), default=math.inf)


def differences(stories: Sequence[Story]) -> list[tuple[str, tuple[str, ...]]]:
    """Return the settings in which runs differ: a name, and what each of them has there."""
    settings = [_settings(story) for story in stories]
    names = dict.fromkeys(name for known in settings for name in known)
    found = [(name, tuple(known.get(name, "–") for known in settings)) for name in names]
    return [(name, values) for name, values in found if len(set(values)) > 1]


def _settings(story: Story) -> dict[str, str]:
    """Return every setting of a run in words, the switches first."""
    config = story.manifest.config if story.manifest is not None else story.history.config
    if config is None:
        return {}
    plain = to_plain(config)
    numbers = {name: value for part in ("data", "model", "train") for name, value in plain[part].items()}
    if story.manifest is not None:
        numbers["data"] = story.manifest.corpus.get("name", numbers["data"])
    switches = plain["ablations"]
    named = {f"{title(name)} switch" if name in numbers else title(name): value for name, value in switches.items()}
    changes = " ".join(f"Δ{change.step}" for change in story.history.adjustments)
    meanwhile = {"flipped": flips(flips_of(story.history)) or "–", "changed": changes or "–"}
    known = {name: word(value) for name, value in named.items()} | meanwhile
    return known | {title(name): word(value) for name, value in numbers.items()}


def share_text(stories: Sequence[Story]) -> bool:
    """Tell whether runs learnt the same text, so that their losses can be compared."""
    texts = {"" if story.manifest is None else str(story.manifest.corpus.get("fingerprint", "")) for story in stories}
    return len(texts) == 1 and "" not in texts
