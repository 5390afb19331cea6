"""A place where texts can be walked over: at every token what else could stand there, and a branch for what does."""

from functools import partial

from textual import on
from textual.events import DescendantFocus
from textual.timer import Timer

from gpt2mini_tui.screens.speaking import SpeakingPlace
from gpt2mini_tui.screens.way_list import WayList
from gpt2mini_tui.talk import asking
from gpt2mini_tui.talk import heard as hear
from gpt2mini_tui.talk.bars import Bar, bars, named
from gpt2mini_tui.talk.branches import Said, Way
from gpt2mini_tui.widgets.prompt_line import PromptLine
from gpt2mini_tui.widgets.sampling_controls import SamplingControls
from gpt2mini_tui.widgets.speaker import Speaker
from gpt2mini_tui.widgets.surprise import Legend
from gpt2mini_tui.widgets.token_bars import TokenBars
from gpt2mini_tui.widgets.transcript import Cursor, Transcript

__all__ = ["WalkingPlace"]

_REST = 0.1
"""Seconds without a key before the next token is weighed anew."""
_NEXT = "what could come next"


class WalkingPlace(SpeakingPlace):
    """Who types sees what could come next; who walks, what could have."""

    _resting: Timer

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.is_walking = self.is_editing = False
        self._question: Cursor | None = None  # what the bars are about; None for the prompt
        self._eyes: int | None = None  # the model by whose surprise texts are coloured; None for their writers
        self._whose = ""

    def on_mount(self) -> None:
        """Weigh what is typed once nothing is."""
        self._resting = self.set_timer(_REST, self.weigh)

    @on(Transcript.Moved)
    def _moved(self) -> None:
        self.say_problem()
        self.weigh_soon()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Know whether somebody types or walks, and in which column; controls and bars are for both."""
        if isinstance(event.widget, Transcript):
            self.is_walking = True
            self._front = next(one.slot for one in self.speakers if one.transcript is event.widget)
        elif isinstance(event.widget, PromptLine):
            self.is_walking = False
        else:
            return
        self.set_class(self.is_walking, "-walking")
        for speaker in self.speakers:
            is_here = speaker is self.front
            speaker.set_class(is_here, "-front")
            speaker.transcript.is_walked = is_here and self.is_walking
            speaker.transcript.refresh()
        self.weigh_soon()

    def weigh_soon(self) -> None:
        self._resting.stop()
        self._resting = self.set_timer(_REST, self.weigh)

    def weigh(self) -> None:
        """Ask what could come next, or what could have come at the cursor."""
        controls, front = self.query_one(SamplingControls), self.front
        if front.model is None or controls.problem:
            return
        self._question = front.transcript.cursor if self.is_walking else None
        if self._question is None:
            ids, text = self.about_to_say(front)
            self.ask(partial(self._talker.weigh, front.slot, ids, controls.values, text=text))
            return
        branches, place = front.branches(self._question.text), self._question.place
        if place == 0:
            self.query_one(TokenBars).show((), title="nothing comes before it")
            self.query_one(Legend).show(number="the first token")
            return
        if front.is_foreign(self._question.text):
            before = "".join(one.text for one in branches.said[:place])
            self.ask(partial(self._talker.weigh, front.slot, [], controls.values, text=before))
            return
        said = branches[place] if place < len(branches) else None
        seen, taken = (said.seen, said.id) if said is not None else (0, None)
        ask = partial(self._talker.weigh, front.slot, branches.ids[:place], controls.values, seen=seen, taken=taken)
        self.ask(ask)

    def show_bars(self, weighed: hear.Weighed) -> None:
        """Show the answer."""
        front, at = self.front, self._question
        vocabulary = front.model.vocab_size if front.model else 0
        opinions = front.opinions(at) if at is not None else []
        title = _NEXT
        if at is not None and weighed.taken is not None:
            title = f"instead of {named(weighed.taken.text)}"
            said = Said(id=0, text="", bits=weighed.taken.bits, rank=weighed.taken.rank, entropy=weighed.entropy)
            branches = front.branches(at.text)
            if at.place < len(branches) and not branches[at.place].by:  # a token of a person: nobody knew so far
                branches.measure(at.place, said)
        notes = asking.notes(weighed, vocabulary, opinions, run=front.model.run if front.model else "")
        self.query_one(TokenBars).show(bars(weighed), title=title, notes=notes)
        self.query_one(Legend).show(of=self._whose, number=asking.number(weighed) if at is not None else "")

    @on(Transcript.Chosen)
    def _look_for_another(self) -> None:
        bars = self.query_one(TokenBars)
        if bars.display and bars.bars:
            bars.point()
            bars.focus()

    @on(TokenBars.Chosen)
    def _chosen(self, message: TokenBars.Chosen) -> None:
        """Put a token where the question was: behind the prompt, or into the text as a branch."""
        bar, at, front = message.bar, self._question, self.front
        if at is None:
            self.add_to_prompt(bar, goes_on=message.goes_on)
            return
        self.finish("stopped")
        branches = front.branches(at.text)
        if front.is_foreign(at.text):
            branches.fork(at.place)
            self.write(front, at.text, bar.text)
            return
        drawn = asking.written_before(branches, at.place)
        is_old = at.place < len(branches) and branches.take(at.place, bar.id)
        if not is_old:
            branches.fork(at.place)
            branches.add(Said(id=bar.id, text=bar.text, rank=bar.rank))
        front.draw(at.text)
        front.transcript.look(Cursor(at.text, at.place + 1))
        front.transcript.focus()
        if message.goes_on and not is_old:
            self.write(front, at.text, None, drawn=drawn + 1)
        else:
            self._score_all()

    def about_to_say(self, speaker: Speaker) -> tuple[list[int], str]:
        """Return the ids and the text that what is typed would be added to and added as."""
        raise NotImplementedError

    def add_to_prompt(self, bar: Bar, *, goes_on: bool) -> None:
        """Type a token behind the prompt."""
        raise NotImplementedError

    def place(self, speaker: Speaker, text: int) -> int:
        """Return where somebody looks in a text: at the cursor while walking, else at its end."""
        cursor = speaker.transcript.cursor
        is_here = speaker is self.front and (self.is_walking or self.is_editing) and cursor is not None
        return cursor.place if is_here and cursor is not None else len(speaker.branches(text))

    # Branches

    def action_turn(self, direction: int) -> None:
        """Take another branch where the text parts, at the cursor or nearest to it."""
        front, text = self.front, self.front.here
        self.finish("stopped")
        branches = front.branches(text) if text is not None else None
        at = branches.parting(self.place(front, text)) if branches is not None and text is not None else None
        if branches is None or text is None or at is None:
            self.say_problem("This text has one way only. Choose another token in it, or let it be written again.")
            return
        branches.turn(at, direction)
        self._show_way(text, at)

    def action_ways(self) -> None:
        """List all branches of the text."""
        front, text = self.front, self.front.here
        if text is None:
            self.say_problem("Nothing was written yet. Type a prompt and press Enter.")
            return
        branches = front.branches(text)

        def chosen(way: Way | None) -> None:
            if way is not None:
                branches.go(way)
                self._show_way(text, min(way.parts_at, len(branches)))

        self.finish("stopped")
        self.app.push_screen(WayList(branches.ways()), chosen)

    def _show_way(self, text: int, place: int) -> None:
        self.front.draw(text)
        self.front.transcript.look(Cursor(text, place))
        self._score_all()

    def action_eyes(self) -> None:
        """Colour the texts by the surprise of the next model, and after the last one by their own again."""
        slots = [speaker.slot for speaker in self.speakers]
        if len(slots) < 2:
            self.say_problem("There is only this one model. Another one can be put beside it.")
            return
        order = [None, *slots]
        self._eyes = order[(order.index(self._eyes) + 1) % len(order)] if self._eyes in order else None
        labels = [one.look_with(one.slot if self._eyes is None else self._eyes) for one in self.speakers]
        self._whose = next(filter(None, labels), "")
        self.query_one(Legend).show(of=self._whose)
