"""From one place to another: a place asks by a message, and here it is taken there with what it brings along."""

from gpt2mini_tui import messages
from gpt2mini_tui.personal.habitual import HabitualApp

__all__ = ["RoutingApp"]


class RoutingApp(HabitualApp):
    """An app of several places."""

    async def action_place(self, name: str) -> None:
        """Bring a place to the front."""
        raise NotImplementedError

    async def show_run(self, name: str) -> None:
        """Bring a run of the store to the Train place."""
        raise NotImplementedError

    async def on_watch_asked(self, message: messages.WatchAsked) -> None:
        """Show a run as it trained, or trains in another process."""
        await self.show_run(message.name)

    async def on_show_place(self, message: messages.ShowPlace) -> None:
        """Bring a place to the front."""
        await self.action_place(message.name)

    async def on_chat_with(self, message: messages.ChatWith) -> None:
        """Open the chat with a model."""
        from gpt2mini_tui.screens.chat import ChatPlace

        await self.action_place("chat")
        place = self.query_one(ChatPlace)
        if message.text is None:
            place.chat_with(message.path)
        else:
            place.take(message.path, message.text)

    async def on_xray_with(self, message: messages.XrayWith) -> None:
        """Look into a model."""
        from gpt2mini_tui.screens.xray import XrayPlace

        await self.action_place("xray")
        self.query_one(XrayPlace).xray_with(message.path, message.text)

    async def on_compare_with(self, message: messages.CompareWith) -> None:
        """Open runs beside one another."""
        from gpt2mini_tui.screens.compare import ComparePlace

        await self.action_place("compare")
        self.query_one(ComparePlace).compare_with(message.names)
