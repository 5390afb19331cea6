"""A place whose texts can be kept: written down as files, and brought back from them with all their branches."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from gpt2mini.errors import LabError
from gpt2mini_tui import words
from gpt2mini_tui.safe import safe
from gpt2mini_tui.screens.transcript_picker import TranscriptPicker
from gpt2mini_tui.screens.walking import WalkingPlace
from gpt2mini_tui.talk.reopening import reopen
from gpt2mini_tui.talk.transcripts import Record, save

__all__ = ["KeepingPlace"]


class KeepingPlace(WalkingPlace):
    """Saves what was said, and opens what was saved."""

    def action_save(self) -> None:
        """Write the conversation down."""
        records = [record for speaker in self.speakers for record in speaker.records if len(record.branches)]
        if not records:
            self.say_problem("Nothing was said yet.")
            return
        self.finish("stopped")
        folder, now = self.lab.home.transcripts, time.time()
        self.deed(lambda: _saved(records, folder, now), self._say_saved)

    def _say_saved(self, path: Path) -> None:
        self.notify(safe(f"Saved as {path}, and as JSON beside it."), markup=False)

    def action_open(self) -> None:
        """Bring back a conversation that was saved."""

        def chosen(path: Path | None) -> None:
            if path is not None:
                self.open_saved(path)

        self.app.push_screen(TranscriptPicker(self.lab.home.transcripts), chosen)

    def open_saved(self, path: Path) -> None:
        """Put the texts of a saved conversation behind those that are here, in the column that is looked at."""
        self.finish("stopped")
        self.errand("open", lambda: _opened(path), self._take_in, self._refuse)

    def _take_in(self, records: list[Record]) -> None:
        front = self.front
        self.finish("stopped")
        front.take_in(records)
        self._has_written = True  # nothing greets any more
        front.transcript.focus()
        foreign = sum(front.is_foreign(number) for number in range(len(front.records))[-len(records) :])
        said = f"Opened {words.count(len(records), 'text')}."
        if foreign:
            said += " This model has another vocabulary: it reads them anew when it goes on with them."
        self.notify(said, markup=False)
        self._score_all()
        self.weigh()

    def _refuse(self, error: LabError) -> None:
        self.say_problem(str(error))


def _saved(records: Sequence[Record], folder: Path, now: float) -> Iterator[Path]:
    yield save(records, folder, now)


def _opened(path: Path) -> Iterator[list[Record]]:
    yield reopen(path)
