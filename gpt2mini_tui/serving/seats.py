"""A process of the app for each browser that looks on: started, spoken to, and always ended."""

import asyncio
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

__all__ = ["PATIENCE", "Seat", "size_of"]

T = TypeVar("T")

PATIENCE = 30.0
"""Seconds that a process has to save and end before it is killed; the app itself takes ten at most."""
_LONGEST = 4096  # bytes that are read at a time
_LARGEST = 1000  # columns or rows; a larger screen is nobody's


class Seat(AppService):
    """One session. Its process is started without a shell, is read to its end, and never outlives the session."""

    def __init__(
        self,
        words: Sequence[str],
        *,
        write_bytes: Callable[[bytes], Awaitable[None]],
        write_str: Callable[[str], Awaitable[None]],
        close: Callable[[], Awaitable[object]],
        complain: Callable[[str], None],
    ) -> None:
        """`words` are the command; what cannot be written, because the browser has left, is dropped.

        `complain` takes each line that the process writes to standard error.
        """
        super().__init__(
            words[0],
            write_bytes=_or_drop(write_bytes),
            write_str=_or_drop(write_str),
            close=_without_result(close),
            download_manager=DownloadManager(),  # the lab writes its files itself, so there is no way to fetch any
        )
        self._words = words
        self._complain = complain
        self._hearing: asyncio.Task[None] | None = None

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        environment = self._build_environment(width=width, height=height)
        self._process = process = await asyncio.create_subprocess_exec(
            *self._words, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=environment
        )
        assert process.stdin is not None
        assert process.stderr is not None
        self._stdin = process.stdin
        self._hearing = asyncio.create_task(self._hear(process.stderr))
        process.stderr = asyncio.StreamReader()  # else the base class would write it to standard output, as it is
        process.stderr.feed_eof()
        return process

    async def run(self) -> None:
        """Pass on what the process shows; once it has ended, however, so has the session."""
        try:
            await super().run()
        finally:
            await self.remote_close()

    async def _hear(self, said: asyncio.StreamReader) -> None:
        while line := (await said.read(_LONGEST)).decode("utf-8", "replace"):
            for words in filter(None, line.splitlines()):
                self._complain(words)

    async def leave(self) -> None:
        """Let the process save and end; kill it if it does not."""
        process = self._process
        if process is None:
            return
        try:
            async with asyncio.timeout(PATIENCE):
                await self.stop()
                await process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if self._hearing is not None:
            await self._hearing


def size_of(columns: object, rows: object) -> tuple[int, int]:
    """Return a screen as a browser tells it, as far as that makes sense."""
    return _between(columns, 80), _between(rows, 24)


def _between(value: object, usual: int) -> int:
    try:
        number = int(str(value))
    except ValueError:
        return usual
    return max(1, min(number, _LARGEST))


def _or_drop(send: Callable[[T], Awaitable[None]]) -> Callable[[T], Awaitable[None]]:
    async def attempt(words: T) -> None:
        with suppress(ConnectionError):
            await send(words)

    return attempt


def _without_result(close: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[None]]:
    async def do() -> None:
        await close()

    return do
