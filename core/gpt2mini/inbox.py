"""Where other threads leave what they want of a trainer, and where a paused trainer waits."""

from collections import deque
from collections.abc import Sequence
from threading import Condition
from typing import Generic, TypeVar

__all__ = ["Inbox"]

T = TypeVar("T")


class Inbox(Generic[T]):
    """A queue that is emptied in one go, and that can be closed so that nothing is left in it unseen."""

    def __init__(self) -> None:
        self._items: deque[T] = deque()
        self._changed = Condition()
        self._closed = False

    def put(self, item: T) -> bool:
        """Leave something; False, and nothing is left, once the inbox is closed."""
        with self._changed:
            if self._closed:
                return False
            self._items.append(item)
            self._changed.notify_all()
            return True

    def take(self, *, wait: bool) -> Sequence[T]:
        """Return all that was left, in order; with `wait`, not before there is something."""
        with self._changed:
            while wait and not self._items and not self._closed:
                self._changed.wait(timeout=1.0)  # bounded, so that a signal handler of the main thread gets its turn
            taken = list(self._items)
            self._items.clear()
            return taken

    def close(self) -> Sequence[T]:
        """Take nothing more, and return what was left."""
        with self._changed:
            self._closed = True
            left = list(self._items)
            self._items.clear()
            self._changed.notify_all()
            return left
