"""What can be written beside a run: tags, a note, a notebook; the same in every list of runs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from textual.binding import Binding, BindingType

from gpt2mini.errors import LabError
from gpt2mini.labels import NOTEBOOK, Labels
from gpt2mini.runs import Run
from gpt2mini_tui.runs.shelf import CheckpointEntry, RunSummary
from gpt2mini_tui.safe import safe
from gpt2mini_tui.screens.ask_line import KEYS, AskLine
from gpt2mini_tui.screens.asking import AskScreen, Question
from gpt2mini_tui.screens.reading import ReadingPlace

__all__ = ["LabellingPlace", "Pointed", "label_keys", "why"]

_TAGGING = "separated by spaces; Enter keeps, Escape cancels"

Pointed = tuple[RunSummary | None, CheckpointEntry | None]


def label_keys(place: str) -> list[BindingType]:
    """Return the keys of what is written beside a run."""
    return [
        Binding("t", "tag", "Tag", show=False, id=f"{place}.tag", tooltip="Give the run tags; /#tag finds them."),
        Binding(
            "o", "note", "Note", show=False, id=f"{place}.note", tooltip="Write a note beside the run; ¶ marks it."
        ),
        Binding(
            "O",
            "notebook",
            "Notebook",
            show=False,
            id=f"{place}.notebook",
            tooltip="Write what you ask by this run, what you predict, and what came out.",
        ),
    ]


class LabellingPlace(ReadingPlace):
    """A place that lists runs and writes beside the one that is pointed at."""

    def pointed(self) -> Pointed:
        """Return the run that is pointed at, and the checkpoint if it is one."""
        raise NotImplementedError

    def action_tag(self) -> None:
        """Ask for the tags of this run."""
        run, _ = self.pointed()
        if run is not None:
            made = lambda labels, text: replace(labels, tags=tuple(text.split()))  # noqa: E731  # read in one place
            self._label(run, "tags of", " ".join(run.tags), made, partial(_tagged, run), keys=_TAGGING)

    def action_note(self) -> None:
        """Ask for the note of this run."""
        run, _ = self.pointed()
        if run is not None:
            made = lambda labels, text: replace(labels, note=text.strip())  # noqa: E731  # read in one place
            self._label(run, "note on", run.note, made, partial(_written, run))

    def action_notebook(self) -> None:
        """Ask what is asked by this run, what is predicted, and what came out."""
        run, _ = self.pointed()
        if run is None:
            return
        names, shown = (*NOTEBOOK, "note"), run.labels

        def made(labels: Labels, texts: Sequence[str]) -> Labels:
            told = dict(zip(names, (text.strip() for text in texts), strict=True))
            new = {name: text for name, text in told.items() if text != getattr(shown, name)}
            return replace(labels, **new)  # type: ignore[arg-type]  # none of these is the tags

        def problem(name: str, text: str) -> str:
            return why(lambda: made(shown, [text if one == name else "" for one in names]))

        def take(texts: list[str] | None) -> None:
            if texts is not None and made(shown, texts) != shown:
                self._relabel(run, lambda labels: made(labels, texts), partial(_written, run))

        lines = [Question(name, getattr(shown, name), problem=partial(problem, name)) for name in names]
        self.app.push_screen(AskScreen(f"notebook of {run.name}", lines), take)

    def _label(
        self,
        run: RunSummary,
        what: str,
        text: str,
        made: Callable[[Labels, str], Labels],
        say: Callable[[Labels], str],
        *,
        keys: str = KEYS,
    ) -> None:
        def take(line: str | None) -> None:
            if line is not None:
                self._relabel(run, lambda labels: made(labels, line), say)

        ask = AskLine(f"{what} {run.name}", text, check=lambda line: why(lambda: made(run.labels, line)), keys=keys)
        self.app.push_screen(ask, take)

    def _relabel(self, run: RunSummary, change: Callable[[Labels], Labels], say: Callable[[Labels], str]) -> None:
        """Change what stands beside a run, as it is on the disk: the list may not have read it yet."""

        def work() -> Iterator[Labels]:
            there = Run(run.path)
            new = change(there.labels())
            there.label(new)
            yield new

        def show(new: Labels) -> None:
            self.notify(safe(say(new)), markup=False)
            self.look()

        self.deed(work, show)


def _written(run: RunSummary, _: Labels) -> str:
    return f"Written beside {run.name}."


def _tagged(run: RunSummary, labels: Labels) -> str:
    """Return which tags a run has now."""
    tags = " ".join(f"#{tag}" for tag in labels.tags)
    return f"{run.name} is tagged {tags}." if tags else f"{run.name} has no tags any more."


def why(make: Callable[[], object]) -> str:
    """Return what is wrong with what somebody typed, as making something of it says; nothing where it can be made."""
    try:
        make()
    except LabError as error:
        return str(error)
    return ""
