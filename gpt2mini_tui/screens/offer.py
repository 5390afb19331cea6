"""A sentence in a toast that offers something, taken back by itself once it is no longer so."""

from textual.app import App
from textual.notifications import Notification, Notify

__all__ = ["Offer"]


class Offer:
    """What one place offers. It has one toast at most, and leaves those of others alone."""

    def __init__(self) -> None:
        self._said: Notification | None = None

    def make(self, sentence: str, app: App[object]) -> None:
        """Say this in place of what was offered before."""
        self.withdraw(app)
        self._said = Notification(sentence, timeout=app.NOTIFICATION_TIMEOUT)
        app.post_message(Notify(self._said))

    def withdraw(self, app: App[object]) -> None:
        """Take the toast away, if it still stands."""
        if self._said is not None:
            app._unnotify(self._said)  # in public an app only clears all of them, and an error may be among them
            self._said = None
