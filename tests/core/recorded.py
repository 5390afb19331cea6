"""Numbers of runs that were really made: 4 layers x 64, block 64, batch 16, lr 3e-3, 250 steps, seed 0, on tales."""

from dataclasses import replace

from gpt2mini.experiments.measure import Measurement

__all__ = [
    "BASELINE",
    "DEAD",
    "HELD",
    "HELD_WITHOUT_RESIDUAL",
    "NO_ATTENTION",
    "NO_MLP",
    "POST_LN",
    "WARM_POST_LN",
    "scored",
]

_TALES = {"uniform": 4.248, "1-gram": 3.162, "2-gram": 2.398, "3-gram": 1.731, "4-gram": 1.192, "floor": 0.354}


def _run(val: float, max_grad_norm: float, grads: tuple[float, ...], cosine: float, initial: float) -> Measurement:
    return Measurement(
        step=250,
        reason="done",
        initial=initial,
        loss=val - 0.02,
        val=val,
        best_val=val,
        max_grad_norm=max_grad_norm,
        grad_norms=grads,
        token_cosines=(cosine,),
        references=_TALES,
    )


BASELINE = _run(2.318, 3.26, (0.5854, 0.1023, 0.08148, 0.08126), 0.3376, 4.232)
DEAD = _run(3.143, 9.38, (1.868e-08, 4.6e-07, 4.6e-05, 0.04086), 1.0, 4.305)
POST_LN = _run(3.143, 2.07, (1.394e-06, 3.721e-05, 0.001054, 0.02959), 1.0, 4.259)
WARM_POST_LN = _run(2.442, 3.63, (0.2243, 0.08064, 0.08208, 0.09593), 0.3373, 4.259)
NO_ATTENTION = _run(2.47, 1.88, (0.1241, 0.08074, 0.05162, 0.04359), 0.2112, 4.276)
NO_MLP = _run(2.557, 3.26, (0.3915, 0.1395, 0.09886, 0.08449), 0.3545, 4.237)
HELD = replace(_run(3.177, 2.07, (0.0167, 0.01869), 0.9995, 4.258), step=60, reached="uniform")
"""Of 2 layers x 32, block 32, batch 8, after 60 steps: the 1-gram line is all that it has learned."""
HELD_WITHOUT_RESIDUAL = replace(HELD, val=3.178, grad_norms=(0.0004504, 0.04291), token_cosines=(1.0,))
"""The same without residual connections."""


def scored(run: Measurement, *vals: float) -> list[Measurement]:
    """Return the run once for each validation loss, as if of so many seeds."""
    return [replace(run, val=val) for val in vals]
