"""The checkpoint browser: what was trained, what is left of it, and what can be done with it."""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widgets import Input, Static

from gpt2mini_tui import words
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.messages import ChatWith, ResumeAsked, XrayWith
from gpt2mini_tui.runs.shelf import CheckpointEntry, RunSummary, Story
from gpt2mini_tui.safe import safe
from gpt2mini_tui.screens.ask_line import AskLine
from gpt2mini_tui.screens.labelling import Pointed
from gpt2mini_tui.screens.run_actions import RunsPlace, run_keys
from gpt2mini_tui.screens.run_details import RunDetails
from gpt2mini_tui.screens.run_tree import LEGEND, Key, Node, RunTree
from gpt2mini_tui.screens.sieve import why_empty
from gpt2mini_tui.widgets.filter_line import FilterLine
from gpt2mini_tui.widgets.rows import Rows

__all__ = ["CheckpointsPlace"]

_SHARE = 0.5
"""Of the width of the window: so much the list may have at most, to show names whole."""
_REST = 0.12
"""Seconds that the cursor has to rest on a line before its log is read."""


class CheckpointsPlace(RunsPlace):
    """Runs and their checkpoints on the left, what is known of the one pointed at on the right."""

    BINDING_GROUP_TITLE = "Checkpoints"
    LEGEND = LEGEND
    MAKES_WAY = "xray"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter", "fold", "Open", show=False, id="checkpoints.fold", tooltip="Show or hide the checkpoints of a run."
        ),
        Binding("right,l", "open", "Open", show=False, id="checkpoints.open", tooltip="Show the checkpoints."),
        Binding("left,h", "close", "Close", show=False, id="checkpoints.close", tooltip="Hide the checkpoints."),
        Binding("r", "resume", "Resume", id="checkpoints.resume", tooltip="Go on training from here."),
        Binding("c", "chat", "Chat", id="checkpoints.chat", tooltip="Let this model write."),
        Binding("x", "xray", "X-ray", id="checkpoints.xray", tooltip="Look into this model."),
        *run_keys("checkpoints", in_footer=True),
        Binding("p", "pin", "Pin", show=False, id="checkpoints.pin", tooltip="Keep this checkpoint, or no longer."),
        Binding("v", "verify", "Verify", show=False, id="checkpoints.verify", tooltip="Read and check every number."),
        Binding(
            "slash",
            "filter",
            "Filter",
            id="checkpoints.filter",
            tooltip="Show only some of the runs, or of the checkpoints.",
        ),
    ]

    _resting: Timer

    def __init__(self, *, id: str = "checkpoints") -> None:
        super().__init__(id=id)
        self._tree = RunTree()
        self._story: Story | None = None
        self._confirming: Key | None = None
        self._awaited: Key | None = None  # what is to be pointed at once it is in the list
        self._last: Key | None = None  # what was pointed at before a filter left nothing

    def compose(self) -> ComposeResult:
        """Make the two halves."""
        with Horizontal():
            with Vertical(id="checkpoints-list"):
                with Horizontal(id="checkpoints-heads"):
                    yield Static(id="checkpoints-head", markup=False)
                    yield Static("val, nats", id="checkpoints-unit", markup=False)
                yield FilterLine(
                    id="checkpoints-filter", placeholder="name, text, switch, #tag, is:pinned, is:best, is:damaged"
                )
                yield Rows(self._tree.draw, id="checkpoints-rows", hint="reading the runs")
            yield RunDetails(id="checkpoints-details")

    def on_mount(self) -> None:
        """Start with nothing pointed at."""
        self.query_one(RunDetails).clear()
        self._resting = self.set_timer(_REST, self._read_story)

    def enter(self) -> None:
        """Take the focus into the list."""
        self.take_focus(self._rows)

    @property
    def current(self) -> Node | None:
        """The line that is pointed at."""
        nodes = self._tree.nodes
        return nodes[self._rows.cursor] if self._rows.cursor < len(nodes) else None

    def on_resize(self) -> None:
        """Share the width out anew."""
        self._share_width()
        self.refresh_bindings()

    def refresh_history(self, history: History) -> None:
        """Let the curve of the run that is training grow, if it is the one pointed at."""
        node = self.current
        if node is not None and node.run.name == history.run and self._story and self._story.history is history:
            self.query_one(RunDetails).show(node, self._story, self._tree.verdict(node))

    # What is on the disk

    def look(self, *, is_glance: bool = False) -> None:
        """See which runs there are, and which checkpoints the open ones have."""
        if not self.is_reading("runs"):
            self.errand("runs", lambda: self.shelf.runs(is_glance=is_glance), self._show_runs)

    def _show_runs(self, runs: tuple[RunSummary, ...]) -> None:
        if runs != self._tree.runs:
            self._tree.runs = runs
            self._arrange()
            self._share_width()
        self._rows.hint = why_empty(runs)
        self.set_class(not runs, "-empty")
        for name in self._tree.opened:
            self._read_checkpoints(name)
        self._read_inside()

    def _read_inside(self) -> None:
        """Read the checkpoints of all runs, as long as the filter asks for some kind of them."""

        def show(found: dict[str, tuple[CheckpointEntry, ...]]) -> None:
            if found != self._tree.found:
                self._tree.found = found
                self._arrange()

        if self._tree.sieve.kinds and not self.is_reading("inside"):
            self.errand("inside", self.shelf.inside, show, then=self._say_head)

    def _read_checkpoints(self, name: str) -> None:
        def show(entries: tuple[CheckpointEntry, ...]) -> None:
            if name in self._tree.opened and self._tree.opened[name] is not entries:
                self._tree.opened[name] = entries
                self._arrange()

        if not self.is_reading(f"checkpoints of {name}"):
            self.errand(f"checkpoints of {name}", lambda: self.shelf.checkpoints(name), show)

    def _arrange(self, at: Key | None = None) -> None:
        """Draw the list anew, pointing at what was pointed at before, or at something else."""
        at = self._last = at or (self.current.key if self.current else self._last)
        before = self._rows.cursor
        self._tree.arrange()
        if self._awaited is not None and any(node.key == self._awaited for node in self._tree.nodes):
            at, self._awaited = self._awaited, None
        place = self._tree.place(at) if at else 0
        self._rows.show(len(self._tree.nodes), before if place is None else place)
        self._say_head()
        self._point()

    def _share_width(self) -> None:
        """Make the list as wide as its names where there is the room, and never less wide than its stylesheet says."""
        pane = self.query_one("#checkpoints-list")
        pane.styles.min_width = min(self._tree.wanted + 3, int(_SHARE * self.size.width)) if self._tree.runs else None

    def _say_head(self) -> None:
        shown = sum(node.entry is None and not node.word for node in self._tree.nodes)
        total = len(self._tree.runs)
        runs = words.count(total, "run") if shown == total else f"{shown:,} of {words.count(total, 'run')}"
        more = ", reading checkpoints" if self.is_reading("inside") else ", newest first"
        self.query_one("#checkpoints-head", Static).update(f" {runs}{more}")

    # What is pointed at

    @on(Rows.Moved)
    def _moved(self) -> None:
        self._confirming = None
        self._point()

    def _point(self) -> None:
        """Show at once what the list knows of the current line; the log follows when the cursor rests."""
        node = self.current
        details = self.query_one(RunDetails)
        if node is None:
            details.clear()
            return
        details.show(node, self._known(node), self._tree.verdict(node))
        self._resting.stop()
        self._resting = self.set_timer(_REST, self._read_story)

    def _known(self, node: Node) -> Story | None:
        return self._story if self._story is not None and self._story.name == node.run.name else None

    def _read_story(self) -> None:
        node = self.current
        if node is not None and not node.run.problem:
            self.read_story(node.run.name, self._show_story)

    def _show_story(self, story: Story) -> None:
        self._story = story
        node = self.current
        if node is not None and node.run.name == story.name:
            self.query_one(RunDetails).show(node, story, self._tree.verdict(node))

    # What can be done

    def action_fold(self) -> None:
        """Open a closed run, close an open one; also from one of its checkpoints."""
        node = self.current
        if node is not None:
            self.action_close() if node.run.name in self._tree.opened else self.action_open()

    @on(Rows.Chosen)
    def _chosen(self) -> None:
        self.action_fold()

    def action_open(self) -> None:
        """Show the checkpoints of the current run."""
        node = self.current
        if node is not None and node.run.name not in self._tree.opened:
            self._tree.opened[node.run.name] = None
            self._arrange()
            self._read_checkpoints(node.run.name)

    def action_close(self) -> None:
        """Hide the checkpoints of the current run."""
        node = self.current
        if node is not None and self._tree.opened.pop(node.run.name, ...) is not ...:
            self._arrange((node.run.name, ""))

    def action_resume(self) -> None:
        """Ask for this run to go on; twice, where that forgets later steps."""
        node = self._usable()
        if node is None:
            return
        if node.run.status == "running":
            self.notify(f"{safe(node.run.name)} is training already.", markup=False)
            return
        # A run that broke off after its last step, but before that was saved, has steps left to take again.
        is_done = node.entry.step >= node.run.steps if node.entry else node.run.status == "done"
        if node.run.steps and is_done:
            done = f"{safe(node.run.name)} has taken all its {words.count(node.run.steps, 'step')}."
            self.notify(f"{done} f goes on from here as a new run, with more of them.", markup=False)
            return
        if node.entry is not None and node.entry.step < node.run.step and self._confirming != node.key:
            self._confirming = node.key
            what = f"Going on from step {node.entry.step:,} forgets what came after it, up to step {node.run.step:,}."
            self.notify(f"{what} Press r again to do it.", severity="warning", markup=False)
            return
        self._confirming = None
        message = ResumeAsked(node.run.name, node.entry.name if node.entry else "")
        self._once_there_is_a_model(node, lambda: self.post_message(message))

    def action_chat(self) -> None:
        """Open this model in the chat; a run as it is now if it trains here, else by its latest checkpoint."""
        self._open_with(ChatWith)

    def action_xray(self) -> None:
        """Look into this model; into a run as it is now if it trains here, else into its latest checkpoint."""
        self._open_with(XrayWith)

    def _open_with(self, message: type[ChatWith] | type[XrayWith]) -> None:
        node = self._usable()
        if node is None:
            return
        if node.entry is None and node.run.name == self.lab.history.run and self.lab.bridge.is_running:
            self.post_message(message())
        else:
            path = node.entry.path if node.entry else node.run.path
            self._once_there_is_a_model(node, lambda: self.post_message(message(path)))

    def _once_there_is_a_model(self, node: Node, go: Callable[[], object]) -> None:
        """Do something with a checkpoint, or with a run that has one; otherwise say so, and stay here."""

        def show(entries: tuple[CheckpointEntry, ...]) -> None:
            if any(not entry.problem for entry in entries):
                go()
                return
            why = "no checkpoint that can be used" if entries else "no checkpoint yet"
            self.notify(f"{safe(node.run.name)} has {why}. n begins a run like it.", severity="warning", markup=False)

        if node.entry is not None:
            go()
        else:
            self.errand("model", lambda: self.shelf.checkpoints(node.run.name), show)

    def pointed(self) -> Pointed:
        """Return the run of the current line, and its checkpoint if it is one."""
        node = self.current
        return (node.run, node.entry) if node is not None else (None, None)

    def point_at(self, path: Path) -> None:
        """Point at a run or a checkpoint as soon as it is in the list."""
        is_run = path.parent == self.lab.store.root
        self._awaited = (path.name, "") if is_run else (path.parent.name, path.name)

    def action_rename(self) -> None:
        """Ask for another name of a run; of a checkpoint, for one that stands beside its step."""
        node = self.current
        if node is None or node.entry is None:
            super().action_rename()
            return
        run, entry = node.run.name, node.entry

        def take(label: str | None) -> None:
            if label is not None and label != entry.label:
                self.deed(lambda: self.shelf.call(entry.path, label), named)

        def named(label: str) -> None:
            is_kept = entry.pinned or not label
            said = f"Step {entry.step:,} is called {safe(label)}." if label else f"Step {entry.step:,} has no name now."
            self.notify(said if is_kept else f"{said} p keeps it when newer ones come.", markup=False)
            self._read_checkpoints(run)
            self._read_inside()

        self.app.push_screen(AskLine(f"a name for step {entry.step:,} of {run}", entry.label), take)

    def action_pin(self) -> None:
        """Keep this checkpoint for good, or let it go when newer ones come."""
        node = self.current
        if node is None or node.entry is None:
            self.notify("Point at a checkpoint: right opens a run.", markup=False)
            return
        path, is_pinned = node.entry.path, not node.entry.pinned

        def pinned(_: bool) -> None:
            self.notify("Pinned: it outlives newer ones." if is_pinned else "No longer pinned.", markup=False)
            self._read_checkpoints(node.run.name)
            self._read_inside()

        self.deed(lambda: self.shelf.pin(path, is_pinned), pinned)

    def action_verify(self) -> None:
        """Read every number of a checkpoint, or of all those of a run, and say whether they are sound."""
        node = self.current
        if node is None:
            return
        if node.entry is None and node.run.name not in self._tree.opened:
            self.action_open()

        def show(found: tuple[Path, str]) -> None:
            self._tree.verified[found[0]] = found[1]
            self._rows.refresh()
            self._point()

        only = node.entry.path if node.entry else None
        self.errand("verify", lambda: self.shelf.verify(node.run.name, only), show)

    def _usable(self) -> Node | None:
        """Return the current line if a model can be read from it; otherwise say why not."""
        node = self.current
        if node is None:
            return None
        problem = node.entry.problem if node.entry else node.run.problem
        if problem:
            self.notify(safe(problem), severity="warning", markup=False)
            return None
        return node

    # Filter

    def action_filter(self) -> None:
        """Open the filter line."""
        self.query_one(FilterLine).open()

    @on(Input.Changed, "#checkpoints-filter")
    def _filtered(self, event: Input.Changed) -> None:
        self._tree.sieve.text = event.value
        self._read_inside()
        self._arrange()

    @on(Input.Submitted, "#checkpoints-filter")
    def _filter_left(self) -> None:
        self._rows.focus()

    @property
    def _rows(self) -> Rows:
        return self.query_one("#checkpoints-rows", Rows)
