"""What can be done with a run or a checkpoint, the same in every list that shows them."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType

from gpt2mini.config import Config
from gpt2mini.errors import CheckpointError, LabError, NotFoundError
from gpt2mini.paths import check_name
from gpt2mini.runs import Run
from gpt2mini_tui.folds.changes import changes_told
from gpt2mini_tui.messages import SetupAsked, WatchAsked
from gpt2mini_tui.runs.shelf import CheckpointEntry, RunSummary, Shelf, Story, Trashed
from gpt2mini_tui.safe import safe
from gpt2mini_tui.screens.ask_line import AskLine
from gpt2mini_tui.screens.labelling import LabellingPlace, Pointed, label_keys, why
from gpt2mini_tui.screens.offer import Offer
from gpt2mini_tui.screens.run_files import (
    can_be_written,
    free_path,
    where_written,
    write_model,
    write_numbers,
    write_pages,
)
from gpt2mini_tui.setup.form import Form
from gpt2mini_tui.setup.plan import ForkRun

__all__ = ["RunsPlace", "run_keys"]

_WRITING = "Enter writes it, Escape writes nothing"
_ROOMY = 88
"""Cells of a window whose footer has room for every key that matters here."""


def run_keys(place: str, *, in_footer: bool) -> list[BindingType]:
    """Return the keys of what is done with a run, for the place of that name; all are in its help and the palette."""
    return [
        Binding(
            "f", "fork", "Fork", show=in_footer, id=f"{place}.fork", tooltip="A new run from here, with other settings."
        ),
        Binding("n", "like", "New like it", show=False, id=f"{place}.like", tooltip="A new run with these settings."),
        Binding("w", "watch", "Watch", show=False, id=f"{place}.watch", tooltip="See it in the Train place."),
        *label_keys(place),
        Binding("R", "rename", "Rename", show=False, id=f"{place}.rename", tooltip="Give this another name."),
        Binding("e", "export", "Export", show=False, id=f"{place}.export", tooltip="Write it for other programs."),
        Binding(
            "E",
            "report",
            "Report",
            show=not in_footer,
            id=f"{place}.report",
            tooltip="Write a page of a lab notebook: what was asked, predicted and measured.",
        ),
        Binding("y", "copy", "Copy command", show=False, id=f"{place}.copy", tooltip="Copy what makes this run."),
        Binding(
            "d",
            "delete",
            "Delete",
            show=in_footer,
            id=f"{place}.delete",
            tooltip="Move this to the trash; z brings it back.",
        ),
        Binding("z", "undo", "Undo", show=False, id=f"{place}.undo", tooltip="Bring back what was deleted last."),
    ]


class RunsPlace(LabellingPlace):
    """A place with a list of runs, one of which is pointed at."""

    MAKES_WAY: ClassVar[str] = ""
    """The action whose key a narrow footer leaves out while it shows that of undo."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._trashed: list[Trashed] = []
        self._offer = Offer()

    def point_at(self, path: Path) -> None:
        """Point at a run or a checkpoint as soon as it is in the list."""
        raise NotImplementedError

    def exported(self) -> list[RunSummary]:
        """Return the runs that an export is of; by default the one that is pointed at."""
        run, _ = self.pointed()
        return [] if run is None else [run]

    def reported(self) -> list[RunSummary]:
        """Return the runs that a report is of, the one first that the others are measured against."""
        return self.exported()

    def _sound(self) -> Pointed:
        """Return what is pointed at if it can be read; otherwise say why not."""
        run, entry = self.pointed()
        problem = (entry.problem if entry else "") or (run.problem if run else "")
        if problem:
            self.notify(safe(problem), severity="warning", markup=False)
            return None, None
        return run, entry

    # New runs

    def action_like(self) -> None:
        """Open the form with the settings that this run began with."""
        run, _ = self._sound()
        if run is None:
            return

        def show(story: Story) -> None:
            if story.manifest is None:
                words = f"What {safe(run.name)} began with cannot be read any more."
                self.notify(words, severity="warning", markup=False)
                return
            told = changes_told(story.history)
            note = f"Filled in as {run.name} began. Changed there on the way: {told}." if told else ""
            form = Form(config=story.manifest.config, note=note)
            self.post_message(SetupAsked(form, f"new run, like {run.name}"))

        self.read_story(run.name, show, key="like")

    def action_fork(self) -> None:
        """Open the form of a run that begins with these weights."""
        run, entry = self._sound()
        if run is None:
            return

        def show(found: tuple[Config, CheckpointEntry]) -> None:
            config, checkpoint = found
            fork = ForkRun(parent=run.name, checkpoint=checkpoint.name)
            form = Form(config=config, fork=fork, begins_at=checkpoint.step)
            if checkpoint.step >= config.train.steps:
                form.texts["train.steps"] = str(checkpoint.step + max(1, config.train.steps))
            self.post_message(SetupAsked(form, f"fork of {run.name} at step {checkpoint.step:,}"))

        self.errand("fork", lambda: _beginning(Run(run.path), entry), show)

    def action_watch(self) -> None:
        """Show how this run went, or goes on in another process."""
        run, _ = self._sound()
        if run is not None:
            self.post_message(WatchAsked(run.name))

    def action_copy(self) -> None:
        """Copy the command that makes this run."""
        run, _ = self._sound()
        if run is None:
            return

        def show(command: str) -> None:
            self.app.copy_to_clipboard(command)
            self.notify(f"Copied: {safe(command)}", markup=False)

        self.errand("copy", lambda: iter([Run(run.path).manifest().command]), show)

    # What is written beside a run

    def action_rename(self) -> None:
        """Ask for another name of this run."""
        run, _ = self.pointed()
        if run is None:
            return
        store = self.lab.store

        def check(name: str) -> str:
            is_taken = name != run.name and (store.root / name).exists()
            return why(lambda: check_name(name)) or ("There is a run of that name already." if is_taken else "")

        def take(name: str | None) -> None:
            if name is not None and name != run.name:
                self.deed(lambda: _done(lambda: store.rename(run.name, name)), lambda _: renamed(name))

        def renamed(name: str) -> None:
            if self.lab.history.run == run.name:
                self.lab.history.run = name
            self.look()

        self.app.push_screen(AskLine(f"another name for {run.name}", run.name, check=check), take)

    # Export, trash

    def action_export(self) -> None:
        """Ask where to write the numbers of the runs, or the model of a checkpoint."""
        _, entry = self._sound()
        runs = [run for run in self.exported() if not run.problem]
        if not runs:
            return
        names = [run.name for run in runs]
        if entry is not None:
            path = free_path(self._exports, [f"{names[0]}-{entry.name}"], ".safetensors")
            self._ask_where(f"{names[0]} at step {entry.step:,}", path, partial(write_model, entry))
        else:
            path = free_path(self._exports, names, ".csv")
            self._ask_where(", ".join(names), path, partial(write_numbers, runs))

    def action_report(self) -> None:
        """Ask where to write a page of a lab notebook about the runs."""
        self._sound()
        names = [run.name for run in self.reported() if not run.problem]
        if names:
            shelf = Shelf(self.lab.store, kept=self.lab.home.histories)
            path = free_path(self._exports, names, ".html")
            self._ask_where(f"a report on {', '.join(names)}", path, lambda path: write_pages(names, path, shelf))

    @property
    def _exports(self) -> Path:
        return self.lab.store.root.parent / "exports"

    def _ask_where(self, what: str, path: Path, write: Callable[[Path], Iterator[bool | None]]) -> None:
        """Ask for another path if somebody wants one, then have it written, and say where it lies."""

        def take(text: str | None) -> None:
            if text is not None:
                chosen = Path(text).expanduser()
                self.deed(lambda: write(chosen), lambda _: self.notify(where_written(chosen), markup=False))

        self.app.push_screen(AskLine(f"write {what} to", str(path), check=can_be_written, keys=_WRITING), take)

    def action_delete(self) -> None:
        """Move a checkpoint, or a run with everything in it, to the trash."""
        run, entry = self.pointed()
        if run is None:
            return
        path = entry.path if entry else run.path
        what = f"Step {entry.step:,} of {run.name}" if entry else f"The run {run.name}"

        def deleted(trashed: Trashed) -> None:
            self._trashed.append(trashed)
            self.refresh_bindings()
            self._offer.make(f"{safe(what)} is in the trash. z brings it back.", self.app)
            self.look()

        self.deed(lambda: self.shelf.trash(path), deleted)

    def action_undo(self) -> None:
        """Bring back what was deleted last."""
        if not self._trashed:
            self.notify("There is nothing to bring back.", markup=False)
            return
        last = self._trashed.pop()
        self.refresh_bindings()

        def restored(_: Trashed) -> None:
            self._offer.withdraw(self.app)
            self.notify(f"{safe(last.origin.name)} is back.", markup=False)
            if self._trashed:
                what = safe(self._trashed[-1].origin.name)
                self._offer.make(f"{what} is still in the trash. z brings it back.", self.app)
            self.point_at(last.origin)
            self.look()

        def failed(error: LabError) -> None:
            self._trashed.append(last)
            self.refresh_bindings()
            self.say_error(error)

        self.deed(lambda: self.shelf.restore(last), restored, failed)

    def shows(self, binding: Binding) -> bool:
        """Have the footer show the key that brings back what was deleted, as long as there is something."""
        if not self._trashed:
            return binding.show
        is_roomy = self.size.width >= _ROOMY
        return binding.action == "undo" or (binding.show and (is_roomy or binding.action != self.MAKES_WAY))


# Errands


def _done(work: Callable[[], object]) -> Iterator[bool]:
    work()
    yield True


def _beginning(run: Run, entry: CheckpointEntry | None) -> Iterator[tuple[Config, CheckpointEntry]]:
    """Yield what a fork takes of a checkpoint, all that was changed on the way included; of a run, of its newest one.

    One that does not say what it holds is passed over, as `fork_run` does.
    """
    from gpt2mini.modelhead import as_it_stood  # numpy, which the list can do without

    entries = [entry] if entry else [one for one in reversed(run.checkpoints()) if not one.problem]
    problem: LabError = NotFoundError("this run has no checkpoint yet", where=run.name, do="n begins a run like it.")
    for index, one in enumerate(entries):
        try:
            yield as_it_stood(one.path), one
            return
        except (CheckpointError, NotFoundError) as error:
            problem = problem if index else error
    raise problem
