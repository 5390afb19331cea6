"""Talking to a model, which means: it goes on with a text, and shows at every token how surprised it was.

Whatever was written can be walked over, token by token; at each of them another one can be put, and the text goes on
from there as a branch.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Label, Static

from gpt2mini.config import Sampling
from gpt2mini.settings import specs
from gpt2mini_tui.messages import XrayWith
from gpt2mini_tui.screens.keeping import KeepingPlace
from gpt2mini_tui.screens.talk_form import Talk, TalkForm
from gpt2mini_tui.talk import asking
from gpt2mini_tui.talk.bars import Bar
from gpt2mini_tui.talk.turns import escaped, unescaped
from gpt2mini_tui.widgets.prompt_line import PromptLine
from gpt2mini_tui.widgets.sampling_controls import Knob, SamplingControls
from gpt2mini_tui.widgets.speaker import Speaker
from gpt2mini_tui.widgets.surprise import Legend
from gpt2mini_tui.widgets.token_bars import TokenBars

__all__ = ["ChatPlace"]


def _key(keys: str, action: str, words: str, tooltip: str, *, show: bool = False) -> Binding:
    name = action.partition("(")[0] + ("_back" if "-1" in action else "")
    return Binding(keys, action, words, show=show, id=f"chat.{name}", tooltip=tooltip)


class ChatPlace(KeepingPlace):
    """A transcript, what could come next beside it, and below them how to draw and what to go on with."""

    BINDING_GROUP_TITLE = "Chat"
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("escape", "stop", "Stop", "Stop writing, or give up an edit.", show=True),
        _key("escape", "leave", "Leave prompt", "Leave the prompt: walk over the text, or go elsewhere.", show=True),
        _key("r,ctrl+r", "again", "Again", "Write anew from the next seed; the text before is a branch.", show=True),
        _key("g,ctrl+g", "more", "More", "Let the text go on, as if it had not stopped.", show=True),
        _key("m,f3", "choose", "Model", "Choose whom to talk to.", show=True),
        _key("v,f4", "inside", "X-ray", "Look into this model while it reads this text.", show=True),
        _key("n,ctrl+n", "beside", "Add", "Put another model beside this one, and ask both the same.", show=True),
        _key("x", "part", "Part", "Let the model of this column go."),
        _key("o", "eyes", "Eyes", "Colour the text by what another model makes of it."),
        _key("i", "prompt", "Prompt", "Go to the prompt."),
        _key("e", "edit", "Edit", "Change what you put in, here or before; the text as it is becomes a branch."),
        _key("left_square_bracket", "turn(-1)", "Branch before", "The branch before, where the text parts."),
        _key("right_square_bracket", "turn(1)", "Next branch", "The next branch, where the text parts."),
        _key("w", "ways", "Branches", "List all branches of this text, and go to one."),
        _key("ctrl+y", "form", "Turns", "Speak in turns; and how fresh the copy of a run is that trains."),
        _key("ctrl+t", "controls", "Controls", "Change how the next token is drawn."),
        _key("s,ctrl+s", "save", "Save", "Save the conversation with its branches, as Markdown and JSON."),
        _key("l,f6", "open", "Open saved", "Bring back a conversation that was saved, with its branches."),
        _key("ctrl+l", "clear", "Clear", "Forget the transcript."),
    ]

    def __init__(self, *, id: str | None = "chat") -> None:
        super().__init__(id=id)
        self._waits = False  # for a model that is still being read

    def compose(self) -> ComposeResult:
        """Make the parts."""
        with Horizontal(id="chat-body"):
            with Horizontal(id="chat-speakers"):
                yield Speaker(0)
            yield TokenBars(id="chat-next")
        yield Legend(id="chat-legend")
        yield Static(id="chat-problem", markup=False)
        yield SamplingControls(specs(Sampling), id="chat-controls")
        with Horizontal(id="chat-prompt-row"):
            yield Label("❯ ", id="chat-sign", markup=False)
            yield PromptLine(id="chat-prompt", placeholder=r"begin a text, press Enter; \n is a line break")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to stop only where that does something."""
        if action == "stop":
            return self._is_busy
        if action == "leave":
            return not self._is_busy and not self.front.transcript.has_focus
        return True

    @property
    def _is_busy(self) -> bool:
        return self._waits or self.is_writing or self.is_editing

    def enter(self) -> None:
        """Take the focus into the prompt; the first time, find somebody to talk to."""
        self.go_to_prompt()
        self.find_somebody()

    def go_to_prompt(self) -> None:
        self.take_focus(self.query_one(PromptLine))

    # What is asked

    @on(Input.Changed, "#chat-prompt")
    def _typed(self) -> None:
        self.say_problem()
        self.weigh_soon()

    @on(SamplingControls.Changed)
    def _turned(self) -> None:
        self.say_problem()
        if self.is_writing and not self.query_one(SamplingControls).problem:
            self.turn_while_writing()
        self.weigh_soon()

    @on(Input.Submitted, "#chat-prompt")
    def _submit(self) -> None:
        prompt = self.query_one(PromptLine)
        self._waits = any(speaker.is_opening for speaker in self.speakers)
        if not self.can_ask():
            return
        self.finish("stopped")
        for speaker in self.speakers:
            self._put(speaker, unescaped(prompt.value))
        prompt.remember()
        if not self.talk.turns.is_plain and not self.is_editing:
            prompt.value = ""  # it was said; what comes next is another turn
        self._edit(False)

    def opened(self) -> None:
        """Ask what was asked while a model was still being read."""
        if self._waits and not any(speaker.is_opening for speaker in self.speakers):
            self._submit()

    def _put(self, speaker: Speaker, typed: str) -> None:
        """Begin a new text with what was typed, or put it into the one there is."""
        at = speaker.here
        turns = self.talk.turns
        if self.is_editing and at is not None:
            branches = speaker.branches(at)
            branches.fork(asking.put_at(branches, self.place(speaker, at)))
            self.write(speaker, at, typed)
        elif turns.is_plain or at is None:
            self.write(speaker, speaker.begin_text(), turns.put(typed))
        else:
            self.write(speaker, at, turns.put(typed, speaker.branches(at).text))

    def add_to_prompt(self, bar: Bar, *, goes_on: bool) -> None:
        """Type a token behind the prompt."""
        self.query_one(PromptLine).value += escaped(bar.text)
        if goes_on:
            self._submit()

    def about_to_say(self, speaker: Speaker) -> tuple[list[int], str]:
        """Return the ids and the text that what is typed would be added to and added as."""
        typed, at = unescaped(self.query_one(PromptLine).value), speaker.here
        if self.is_editing and at is not None and not speaker.is_foreign(at):
            branches = speaker.branches(at)
            return branches.ids[: asking.put_at(branches, self.place(speaker, at))], typed
        if self.talk.turns.is_plain or at is None:
            return [], self.talk.turns.put(typed)
        branches = speaker.branches(at)
        if speaker.is_foreign(at):
            return [], branches.text + self.talk.turns.put(typed, branches.text)
        return branches.ids, self.talk.turns.put(typed, branches.text)

    def action_again(self) -> None:
        """Write anew what the models wrote, here or before, from the next seed."""
        if not self.can_ask():
            return
        self.finish("stopped")
        starts = list(self._starts())
        if not starts:
            self.say_problem("Nothing was written yet. Type a prompt and press Enter.")
            return
        self.query_one("#knob-seed", Knob).action_turn(1)
        for speaker, text, at in starts:
            speaker.branches(text).fork(at)
            self.write(speaker, text, None)

    def _starts(self) -> Iterator[tuple[Speaker, int, int]]:
        for speaker in self.speakers:
            text = speaker.here
            at = None if text is None else asking.written_at(speaker.branches(text), self.place(speaker, text))
            if text is not None and at is not None:
                yield speaker, text, at

    def action_more(self) -> None:
        """Let the texts go on from their ends."""
        if not self.can_ask():
            return
        self.finish("stopped")
        for speaker in self.speakers:
            text = speaker.here
            if text is not None and len(speaker.branches(text)):
                branches = speaker.branches(text)
                self.write(speaker, text, None, drawn=asking.written_before(branches, len(branches)))

    @on(TokenBars.Left)
    def action_stop(self) -> None:
        """Stop writing at once; where nothing is written, give up an edit."""
        self._waits = False
        if self.is_writing:
            self.finish("stopped")
        elif self.is_editing:
            self._edit(False)

    def action_leave(self) -> None:
        """Go from the prompt to the text, where every key is a command."""
        self.front.transcript.focus()

    def action_edit(self) -> None:
        """Put what was put into the text back into the prompt."""
        front, text = self.front, self.front.here
        if text is None:
            return
        branches = front.branches(text)
        start = asking.put_at(branches, self.place(front, text))
        end = start
        while end < len(branches) and not branches[end].by:
            end += 1
        prompt = self.query_one(PromptLine)
        self._edit(True)
        prompt.value = escaped("".join(one.text for one in branches.said[start:end]))
        prompt.focus()
        prompt.cursor_position = len(prompt.value)

    def _edit(self, is_editing: bool) -> None:
        self.is_editing = is_editing
        self.query_one("#chat-sign", Label).update(self._sign)
        self.weigh_soon()

    # Everything else

    @property
    def _sign(self) -> str:
        if self.is_editing:
            return "edit ❯ "
        return "❯ " if self.talk.turns.is_plain else "turn ❯ "

    def action_form(self) -> None:
        """Change how the conversation goes."""

        def chosen(talk: Talk | None) -> None:
            if talk is not None:
                self.talk = talk
                self._edit(False)

        self.app.push_screen(TalkForm(self.talk), chosen)

    def action_inside(self) -> None:
        """Look into the model that is looked at here, with the text that is looked at; without one, what is typed."""
        front = self.front
        if front.source is None:
            self.say_problem("There is no model to ask yet.")
            return
        text = front.branches(front.here).text if front.here is not None else ""
        self.post_message(XrayWith(front.source.path, text or unescaped(self.query_one(PromptLine).value) or None))

    def take(self, path: Path | None, text: str) -> None:
        """Take over a model and a text from elsewhere: the text goes into the prompt, unless it is here already."""
        front = self.front
        if front.model is None or front.source is None or front.source.path != path:
            self.chat_with(path)
        if text and (front.here is None or front.branches(front.here).text != text):
            self.query_one(PromptLine).value = escaped(text)

    def action_prompt(self) -> None:
        """Go to the prompt."""
        self.go_to_prompt()

    def action_controls(self) -> None:
        """Go to the first of the controls."""
        self.query_one(SamplingControls).query(Input).first().focus()

    def action_clear(self) -> None:
        """Empty the transcript."""
        self.finish("stopped")
        for speaker in self.speakers:
            speaker.clear()
        self._edit(False)
        self.weigh_soon()
