"""What was promised and what was measured: the table that the fault suite prints, and that the documentation holds."""

import os
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["FULL", "LEDGER", "Ledger", "times"]

FULL = os.environ.get("GPT2MINI_FAULTS") == "full"
"""Whether to try as often as the promises say; otherwise a tenth of it, or less."""
BEGIN, END = "<!-- faults: begin -->", "<!-- faults: end -->"


def times(quick: int, full: int) -> int:
    """Return how often to try."""
    return full if FULL else quick


@dataclass(slots=True)
class Ledger:
    """Collects a row from each test of the suite."""

    rows: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    def note(self, place: int, promise: str, figure: str, result: str) -> None:
        """Write down what came out; `place` is where the row stands in the table."""
        self.rows[promise] = (place, figure, result)

    def table(self) -> str:
        """Return the rows as Markdown."""
        lines = ["| | promise | figure | result |", "|---|---|---|---|"]
        for promise, (place, figure, result) in sorted(self.rows.items(), key=lambda row: row[1][0]):
            lines.append(f"| {place} | {promise} | {figure} | {result} |")
        return "\n".join(lines)

    def recall(self, table: str) -> None:
        """Take the rows of an older table that were not measured this time."""
        for line in table.splitlines():
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if len(cells) == 4 and cells[0].isdigit() and cells[1] not in self.rows:
                self.rows[cells[1]] = (int(cells[0]), cells[2], cells[3])

    def write(self, path: Path) -> None:
        """Put the table into a document, between its two marks; a row that was not measured now stays as it was."""
        text = path.read_text(encoding="utf-8")
        before, after = text.partition(BEGIN)[0], text.partition(END)[2]
        self.recall(text.partition(BEGIN)[2].partition(END)[0])
        path.write_text(f"{before}{BEGIN}\n\n{self.table()}\n\n{END}{after}", encoding="utf-8")


LEDGER = Ledger()
