"""What is done between two steps: validate, ask, let it write, look inside. None of it changes a bit of training."""

import math
from collections.abc import Callable, Iterator
from functools import partial

from gpt2mini import events as say
from gpt2mini.ablations import Ablations
from gpt2mini.batches import eval_windows
from gpt2mini.config import Config
from gpt2mini.corpus import Corpus
from gpt2mini.errors import DivergedError
from gpt2mini.events import Event
from gpt2mini.exam import take_exam
from gpt2mini.learner import Learner
from gpt2mini.probing import Rows, look_inside, probe_rows, rounded
from gpt2mini.sampling import Sampling, encode_prompt, generate
from gpt2mini.schedule import evaluation_tokens

__all__ = ["Observer"]


class Observer:
    """Looks at a model that is learning; `stop` is asked on the way, and cuts a look short."""

    def __init__(self, learner: Learner, corpus: Corpus, *, stop: Callable[[], bool]) -> None:
        self._learner, self._corpus, self._stop = learner, corpus, stop

    def validate(self, config: Config, on: Ablations, step: int) -> list[Event]:
        """Measure the loss on text held back, and on a task also the answers; nothing if stopped half-way.

        Raises OutOfMemoryError.
        """
        x, y = eval_windows(
            self._corpus.val, block_size=config.model.block_size, limit=evaluation_tokens(config)
        )  # (N, T)
        loss = self._learner.loss(x, y, on=on, stop=self._stop)
        answered = list(self._ask(config, on, step))
        if self._stop() and math.isnan(loss):
            return []
        return [*answered, say.Evaluated(step=step, val_loss=loss, tokens=y.numel())]

    def _ask(self, config: Config, on: Ablations, step: int) -> Iterator[Event]:
        task = self._corpus.task
        if task is None or self._stop():
            return
        grade = take_exam(
            task,
            self._corpus.tokenizer,
            partial(self._learner.hits, on=on),
            block_size=config.model.block_size,
            limit=evaluation_tokens(config) // 2,
            on=on,
        )
        if grade.problems:
            yield say.Answered(
                step=step, exact=grade.exact, tokens=grade.tokens, problems=grade.problems, chance=task.chance
            )

    def write(self, config: Config, on: Ablations, step: int, text: str, *, asked: bool) -> Event | None:
        """Let the model go on with a text; None if stopped half-way."""
        train, tokenizer = config.train, self._corpus.tokenizer
        prompt = encode_prompt(text, tokenizer, config.model.block_size)
        how = Sampling(tokens=train.sample_tokens, temperature=train.temperature, top_k=train.top_k, seed=train.seed)
        written: list[str] = []
        try:
            for token in generate(self._learner.model, tokenizer, prompt.ids, how, on=on):
                if self._stop():
                    return None
                written.append(token.text)
        except DivergedError as error:
            return say.Noticed(step=step, text=f"No sample: {error}")
        return say.Sampled(step=step, prompt=tokenizer.decode(prompt.ids), text="".join(written), asked=asked)

    def probe(self, config: Config, on: Ablations, step: int, effect: Rows) -> Event:
        """Look inside the layers, after a step with this effect."""
        text = self._corpus.val if len(self._corpus.val) > 1 else self._corpus.train
        block = config.model.block_size
        ids, _ = eval_windows(text, block_size=block, limit=probe_rows(block, config.train.batch_size) * block)
        inside = look_inside(self._learner.model, ids.to(self._learner.device), on)
        return say.Probed(step=step, **rounded(effect), **rounded(inside))
