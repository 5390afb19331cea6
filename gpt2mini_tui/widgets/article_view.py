"""A text to read, written in Markdown."""

from pathlib import Path

from gpt2mini_tui.widgets.reading_pane import ReadingPane

__all__ = ["ArticleView"]


class ArticleView(ReadingPane):
    """Shows one article at a time; what renders it is imported with the first."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.path: Path | None = None
        """The file that is shown, or is being read."""

    def open(self, path: Path) -> None:
        """Make room for another article."""
        self.path = path
        self.remove_children()

    def show(self, path: Path, text: str) -> None:
        """Show what stands in a file; nothing happens if another one was opened meanwhile."""
        from gpt2mini_tui.widgets.prose import Prose

        if path == self.path:
            self.remove_children()
            self.mount(Prose(text, open_links=False))
            self.scroll_home(animate=False, immediate=True)
