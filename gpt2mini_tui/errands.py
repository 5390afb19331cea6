"""Work that would keep the screen waiting, in one thread beside it: reading the disk, and models that write.

An errand is an iterator. The thread takes one value of each in turn, so a short one never waits for a long one to end,
and any of them can be stopped between two values. The screen collects the values when it likes; it is never called
from the thread.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from threading import Condition, Thread
from typing import Any, NamedTuple, TypeVar

from gpt2mini.errors import LabError, reason

__all__ = ["Errands"]

T = TypeVar("T")

_ROOM = 512
"""Values that may wait for the screen; the thread rests when it is that far ahead."""


class _Errand(NamedTuple):
    key: str
    work: Callable[[], Iterable[Any]]
    show: Callable[[Any], None]
    fail: Callable[[LabError], None]
    then: Callable[[], None] | None


class _Result(NamedTuple):
    errand: _Errand
    value: object = None
    error: BaseException | None = None
    is_end: bool = False


class Errands:
    """Runs iterators for a screen. All methods are for the screen's thread."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._changed = Condition()
        self._current: dict[str, _Errand] = {}
        self._waiting: deque[tuple[_Errand, Iterator[Any] | None]] = deque()
        self._results: deque[_Result] = deque()
        self._thread: Thread | None = None
        self._is_closed = False

    def run(
        self,
        key: str,
        work: Callable[[], Iterable[T | None]],
        show: Callable[[T], None],
        fail: Callable[[LabError], None],
        then: Callable[[], None] | None = None,
    ) -> None:
        """Begin an errand; one of the same key that is still under way is forgotten.

        `work` is called in the thread, and so is everything its iterator does. A value of None is not shown: it only
        gives the others their turn. A LabError or an OSError ends the errand and goes to `fail`; `then` is called
        when it has ended well.
        """
        errand = _Errand(key, work, show, fail, then)
        with self._changed:
            if self._is_closed:
                return
            self._current[key] = errand
            self._waiting.append((errand, None))
            self._changed.notify()
        if self._thread is None:
            self._thread = Thread(target=self._serve, name=self._name)
            self._thread.start()

    def stop(self, key: str) -> None:
        """Forget an errand: nothing of it will be shown any more, not even what is waiting already."""
        with self._changed:
            self._current.pop(key, None)
            self._changed.notify()

    def is_running(self, key: str) -> bool:
        """Tell whether an errand is under way, or has something left to show."""
        return key in self._current

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing under way and nothing left to show."""
        return not self._current

    def drain(self) -> None:
        """Show what has come in; an error that is nobody's fault but ours is raised here, in the screen's thread."""
        with self._changed:
            results = list(self._results)
            self._results.clear()
            self._changed.notify()
        for result in results:
            if self._current.get(result.errand.key) is result.errand:
                self._show(result)

    def close(self, timeout: float = 2.0) -> None:
        """Forget everything, and wait for the thread to end, but not for ever."""
        with self._changed:
            self._is_closed = True
            self._current.clear()
            self._waiting.clear()
            self._results.clear()
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(timeout)

    def _show(self, result: _Result) -> None:
        if result.is_end or result.error is not None:
            self.stop(result.errand.key)
        if isinstance(result.error, LabError):
            result.errand.fail(result.error)
        elif result.error is not None:
            raise result.error
        elif not result.is_end:
            result.errand.show(result.value)
        elif result.errand.then is not None:
            result.errand.then()

    def _serve(self) -> None:
        """Take one value of each errand in turn, until closed."""
        while (turn := self._next()) is not None:
            errand, values = turn
            try:
                values = iter(errand.work()) if values is None else values
                value = next(values)
            except StopIteration:
                self._put(_Result(errand, is_end=True))
            except OSError as error:
                self._put(_Result(errand, error=_sentence(error)))
            except Exception as error:  # noqa: BLE001  # whatever it is, `drain` raises it in the screen's thread
                self._put(_Result(errand, error=error))
            else:
                self._put(_Result(errand, value) if value is not None else None, again=(errand, values))

    def _next(self) -> tuple[_Errand, Iterator[Any] | None] | None:
        with self._changed:
            while not self._is_closed:
                while self._waiting and self._current.get(self._waiting[0][0].key) is not self._waiting[0][0]:
                    self._waiting.popleft()
                if self._waiting and len(self._results) < _ROOM:
                    return self._waiting.popleft()
                self._changed.wait()
        return None

    def _put(self, result: _Result | None, again: tuple[_Errand, Iterator[Any]] | None = None) -> None:
        with self._changed:
            if self._is_closed:
                return
            if result is not None:
                self._results.append(result)
            if again is not None:
                self._waiting.append(again)


def _sentence(error: OSError) -> LabError:
    return LabError("the disk did not answer", where=error.filename or "", why=reason(error))
