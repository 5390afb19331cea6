"""A conversation with a model that only ever continues text: what was said before is simply the text so far."""

import math
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gpt2mini.config import Sampling
from gpt2mini.errors import UsageError
from gpt2mini_tui.cli.loading import note_unknown
from gpt2mini_tui.talk.branches import Branches, Said
from gpt2mini_tui.talk.reopening import reopen
from gpt2mini_tui.talk.transcripts import Record, save
from gpt2mini_tui.talk.turns import PLAIN, Turns
from gpt2mini_tui.talk.weighing import given, vocabulary_of
from gpt2mini_tui.words import count

if TYPE_CHECKING:
    from gpt2mini.checkpoint import Checkpoint

__all__ = ["Conversation"]


class Conversation:
    """The text so far, and how it is continued. Each answer draws from the seed plus the number of answers before."""

    def __init__(
        self,
        checkpoint: "Checkpoint",
        writing: Sampling,
        *,
        name: str = "model",
        strict: bool = False,
        turns: Turns = PLAIN,
        folder: Path = Path("transcripts"),
    ) -> None:
        self.checkpoint, self.writing, self.strict, self.turns = checkpoint, writing, strict, turns
        self.branches = Branches()
        self.answers = 0
        self._by = f"{checkpoint.run or name} step {checkpoint.step:,}"
        self.folder = folder
        """Where `save` writes."""
        self._vocabulary = vocabulary_of(checkpoint)

    @property
    def text(self) -> str:
        """Everything that was said, by both sides, as the model reads it."""
        return self.branches.text

    def answer(self, line: str) -> Iterator[str]:
        """Yield the continuation of all that was said and this line, a token at a time; what is taken is remembered."""
        before = self.text
        self._put(f"\n{line}" if self.turns.is_plain and before else self.turns.put(line, before))
        return self.more()

    def more(self) -> Iterator[str]:
        """Yield how the text goes on from where it stands."""
        from gpt2mini.sampling import generate

        model, tokenizer = self.checkpoint.model, self.checkpoint.tokenizer
        ids = self.branches.ids or [int(one) for one in tokenizer.encode_known("\n")[0]] or [0]
        seed = (self.writing.seed + self.answers) % 2**63
        how = replace(self.writing, seed=seed, stop=self.writing.stop or self.turns.stop)
        self.answers += 1
        for token in generate(model, tokenizer, ids[-model.config.block_size :], how, strict=self.strict):
            self.branches.add(
                Said(
                    id=token.id,
                    text=token.text,
                    by=self._by,
                    bits=-math.log2(max(token.probability, 1e-300)),
                    rank=token.rank,
                    entropy=token.entropy / math.log(2),
                    seen=token.seen,
                )
            )
            yield token.text

    def again(self) -> Iterator[str]:
        """Yield another answer to what was said last; the one before is kept as a branch. Raises UsageError."""
        at = len(self.branches)
        while at and self.branches[at - 1].by:
            at -= 1
        if not at:
            raise UsageError("nothing was said yet", do="Type a line first.")
        self.branches.fork(at)
        try:
            yield from self.more()
        finally:
            if len(self.branches) == at:  # not a token came
                self.branches.settle()

    def save(self) -> Path:
        """Write everything down, and return where; raises UsageError where nothing was said, and DiskError."""
        if not len(self.branches):
            raise UsageError("nothing was said yet", do="Type a line first.")
        record = Record(
            model=self._by, settings=asdict(self.writing), branches=self.branches, vocabulary=self._vocabulary
        )
        return save([record], self.folder, time.time())

    def open(self, path: Path) -> str:
        """Go on with the last text of a conversation that was saved, in place of this one; return what it is.

        Its branches come along if its tokens are those of this model; of another one's the current text is read anew.
        Raises as `reopen` does.
        """
        records = reopen(path)
        record = records[-1]
        is_ours = record.vocabulary == self._vocabulary
        self.branches = record.branches if is_ours else Branches()
        if not is_ours:
            self._put(record.branches.text)
        self.answers = record.branches.count
        which = f", the last of its {len(records)} texts" if len(records) > 1 else ""
        writer = f" of {record.model}" if record.model else ""
        ways = f"{count(record.branches.count, 'branch', 'branches')}"
        kept = f"{ways} kept" if is_ours else "read anew in another vocabulary, without its other branches"
        return (
            f"Opened a text{writer}{which}: {count(len(self.branches), 'token')}, {kept}. {self._by} goes on with it."
        )

    def _put(self, text: str) -> None:
        """Add what a person says."""
        note_unknown(self.checkpoint.tokenizer.unknown(text), self.checkpoint)
        ids = [int(one) for one in self.checkpoint.tokenizer.encode_known(text)[0]]
        self.branches.add(*given(ids, self.checkpoint))

    def reset(self) -> None:
        """Forget what was said, and begin the seeds again."""
        self.branches, self.answers = Branches(), 0
