"""A run with steps left to take, as a sentence and as an offer: nobody should have to look for it."""

from dataclasses import dataclass

__all__ = ["Unfinished"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """A run with steps left to take."""

    name: str
    status: str
    """`running` in another process, `stopped` by hand, or `interrupted`: nobody wrote its ending."""
    step: int
    steps: int
    saved: int | None
    """The step of its newest checkpoint that looks whole, from which it can go on; None where there is none."""

    @property
    def is_broken_off(self) -> bool:
        """Whether nobody meant it to end, and it can go on."""
        return self.status == "interrupted" and self.saved is not None

    @property
    def sentence(self) -> str:
        """Say how far it came."""
        how = "is training in another process" if self.status == "running" else f"was {self.status}"
        return f"{self.name} {how} at step {self.step:,} of {self.steps:,}."
