"""What can be done with a card: predict, play, stop, and take its runs elsewhere."""

from dataclasses import replace
from typing import ClassVar, Protocol, cast

from textual.binding import BindingType

from gpt2mini.experiments.cards import Card
from gpt2mini_tui.folds.lesson import Lesson
from gpt2mini_tui.live.session import Session
from gpt2mini_tui.messages import CompareWith, PlayAsked, XrayWith
from gpt2mini_tui.safe import safe
from gpt2mini_tui.screens.learn_keys import learn_keys
from gpt2mini_tui.screens.reading import Lab, ReadingPlace
from gpt2mini_tui.setup.plan import PlayCard

__all__ = ["CardActions"]

_SEEDS = {1: 3, 3: 5, 5: 1}


class Classroom(Lab, Protocol):
    """What this place needs of the app besides."""

    @property
    def session(self) -> Session:
        """What is under way, and what waits."""
        ...


class CardActions(ReadingPlace):
    """A place where one card is pointed at."""

    BINDINGS: ClassVar[list[BindingType]] = learn_keys()

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._plans: dict[str, PlayCard] = {}
        self._again: set[str] = set()  # cards that are asked once more, though there is an answer
        self._stopping: Lesson | None = None  # the one that was told to stop
        self._warned: set[str] = set()  # what r has been warned about: the prediction, another run

    @property
    def session(self) -> Session:
        """What the app trains, and what waits."""
        return cast(Classroom, self.app).session

    @property
    def card(self) -> Card | None:
        """The card that is pointed at."""
        raise NotImplementedError

    def lesson(self, card: Card) -> Lesson | None:
        """Return the card as it is played, or as it was; None where it never was, or is still being read."""
        raise NotImplementedError

    def show(self) -> None:
        """Show how things stand."""
        raise NotImplementedError

    def plan(self, card: Card) -> PlayCard:
        """Return how a card would be played."""
        return self._plans.get(card.name, PlayCard(card=card.name))

    def _change(self, plan: PlayCard) -> None:
        self._plans[plan.card] = plan
        self._warned.clear()
        self.show()

    # Before

    def action_predict(self, key: str) -> None:
        """Choose an answer; again, none."""
        card = self.card
        if card is not None and card.choice(key) is not None:
            plan = self.plan(card)
            self._change(replace(plan, prediction="" if plan.prediction == key else key))

    def action_seeds(self) -> None:
        """Play more pairs, or one."""
        if self.card is not None:
            plan = self.plan(self.card)
            self._change(replace(plan, seeds=_SEEDS.get(plan.seeds, 1)))

    def action_text(self) -> None:
        """Choose another text."""
        from gpt2mini_tui.screens.text_picker import TextPicker

        card = self.card
        if card is None:
            return

        def take(text: str | None) -> None:
            if text is not None:
                self._change(replace(self.plan(card), data=text))

        self.app.push_screen(TextPicker(self.lab.home), take)

    # Playing

    def action_run(self) -> None:
        """Play the card; where it has been answered, ask it again first."""
        card = self.card
        if card is None or self._is_under_way(card) or self._place_in_queue(card) is not None:
            return
        lesson = self.lesson(card)
        is_stopped = lesson is not None and lesson.state == "stopped"
        if lesson is not None and not is_stopped and card.name not in self._again:
            self._ask_again(card)
        elif not is_stopped and not self.plan(card).prediction and "prediction" not in self._warned:
            self._warned.add("prediction")
        elif self.session.bridge.is_running and "busy" not in self._warned:
            self._warned.add("busy")
        else:
            self._play(card)
        self.show()

    def _ask_again(self, card: Card) -> None:
        self._again.add(card.name)
        self._plans[card.name] = replace(self.plan(card), prediction="")

    def _play(self, card: Card) -> None:
        self._warned.clear()
        self._again.discard(card.name)
        self.post_message(PlayAsked(self.plan(card)))

    def action_stop(self) -> None:
        """Stop the card that is played, or take it out of the queue."""
        card = self.card
        if card is None:
            return
        if self._is_under_way(card):
            self._stopping = self.session.played
            self.session.bridge.stop()
        elif (place := self._place_in_queue(card)) is not None:
            self.session.queue.pop(place)
        self.show()

    def action_back(self) -> None:
        """Take back a question, or go to the list."""
        card = self.card
        if self._warned:
            self._warned.clear()
        elif card is not None and card.name in self._again:
            self._again.discard(card.name)
        else:
            self.action_close()
        self.show()

    @property
    def can_stop(self) -> bool:
        """Whether the card that is pointed at is played, or waits for that."""
        card = self.card
        return card is not None and (self._is_under_way(card) or self._place_in_queue(card) is not None)

    @property
    def has_question(self) -> bool:
        """Whether the card that is pointed at asks something that can be taken back."""
        return bool(self._warned) or (self.card is not None and self.card.name in self._again)

    def action_close(self) -> None:
        """Go to the list."""
        raise NotImplementedError

    def _is_under_way(self, card: Card) -> bool:
        return self.session.played is not None and self.session.played.card.name == card.name

    def _place_in_queue(self, card: Card) -> int | None:
        plans = enumerate(self.session.queue)
        return next((at for at, plan in plans if isinstance(plan, PlayCard) and plan.card == card.name), None)

    # Elsewhere

    def _runs(self) -> list[str]:
        """Return the runs of the card, arm by arm; nothing, and say so, where there are none to open."""
        lesson = self.lesson(self.card) if self.card is not None else None
        if lesson is None or not lesson.runs:
            self.notify("There are no runs of this card yet.", markup=False)
            return []
        return lesson.runs

    def action_compare(self) -> None:
        """Open the runs beside one another."""
        runs = self._runs()
        if runs:
            self.post_message(CompareWith(runs))

    def action_xray(self, arm: int) -> None:
        """Look into one of the models; into the one that trains, as it is now."""
        runs = self._runs()
        if not runs:
            return
        name = runs[min(arm, len(runs) - 1)]
        if self.session.bridge.is_running and self.session.history.run == name:
            self.post_message(XrayWith())
        else:
            self.post_message(XrayWith(self.lab.store.root / name))

    def action_copy(self) -> None:
        """Copy the command that plays this card."""
        if self.card is not None:
            command = self.plan(self.card).command()
            self.app.copy_to_clipboard(command)
            self.notify(f"Copied: {safe(command)}", markup=False)
