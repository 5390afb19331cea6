"""The floor of the loss chart is a floor only if these hold: one derivation for each text, one price, every machine."""

import hashlib
import itertools
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from gpt2mini.grammar import NUMBERS, Draw, Grammar, Note, Say, Story, add_up, pieces
from gpt2mini.tales import FORMS, GRAMMAR, floor, stories, tales

TALES = Grammar.parse(GRAMMAR, FORMS)
LISTS = {name for name, rule in TALES.rules.items() if not any(re.search(r"\[|\{", words) for words in rule.words)}
SAMPLE = Path(__file__).with_name("tales-sample.txt")
SHA256 = "c5aa97a16fbd1ff05bdb9c241b4fe856577a7dcf0cde14aa74b25b8b8b2e92a4"

Memory = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One way to have understood a text up to here."""

    at: int = 0
    nats: float = 0.0
    memory: Memory = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reader:
    """Recovers the draws from the text alone, following every derivation as long as it is possible."""

    text: str
    grammar: Grammar = TALES
    draws: list[tuple[str, Memory]] = field(default_factory=list)

    def derivations(self) -> list[Reading]:
        ends = self.read(f"[{self.grammar.start}]", Reading())
        return [end for end in ends if end.at == len(self.text)]

    def read(self, words: str, begin: Reading) -> list[Reading]:
        readings = [begin]
        for piece in pieces(words):
            readings = [after for before in readings for after in self.step(piece, before)]
        return readings

    def step(self, piece: str | Draw | Say | Note, before: Reading) -> Iterator[Reading]:
        if isinstance(piece, Draw):
            yield from self.draw(piece, before)
        elif isinstance(piece, Note):
            yield replace(before, memory=before.memory | {piece.name: add_up(self.fill(piece.value, before.memory))})
        else:
            words = piece if isinstance(piece, str) else self.say(piece, before.memory)
            if self.text.startswith(words, before.at):
                yield replace(before, at=before.at + len(words))

    def draw(self, piece: Draw, before: Reading) -> Iterator[Reading]:
        rule = self.fill(piece.rule, before.memory)
        self.draws.append((rule, before.memory))
        among = Counter(one.words for one in self.grammar.choices(rule, before.memory))
        for words, weight in among.items():
            for after in self.read(self.grammar.inflect(words, piece.form), before):
                said = words if piece.form else self.text[before.at : after.at]
                memory = after.memory | {piece.name: said} if piece.name else after.memory
                yield replace(after, nats=after.nats - math.log(weight / among.total()), memory=memory)

    def say(self, piece: Say, memory: Memory) -> str:
        return self.grammar.inflect(memory[piece.name], piece.form)

    def fill(self, words: str, memory: Memory) -> str:
        return "".join(self.say(one, memory) if isinstance(one, Say) else str(one) for one in pieces(words))

    def heads(self, words: str, memory: Memory) -> list[str]:
        """Return how an alternative may begin: its words up to the first draw, or else the heads of that draw."""
        head = ""
        for piece in pieces(words):
            if isinstance(piece, Draw) and head:
                break
            if isinstance(piece, Draw):
                among = set(self.grammar.choices(self.fill(piece.rule, memory), memory))
                first = [head for one in among for head in self.heads(one.words, memory)]
                return [self.grammar.inflect(head, piece.form) for head in first]
            if not isinstance(piece, Note):
                head += piece if isinstance(piece, str) else self.say(piece, memory)
        return [head]


def is_prefix_free(words: list[str]) -> bool:
    """In order, a word that begins others stands right before one of them."""
    return not any(after.startswith(before) for before, after in itertools.pairwise(sorted(words)))


@pytest.fixture(scope="module")
def some() -> list[Story]:
    return list(itertools.islice(stories(), 250))


@pytest.fixture(scope="module")
def corpus() -> str:
    return tales()


def test_the_corpus_is_the_same_on_every_machine(corpus: str) -> None:
    assert hashlib.sha256(corpus.encode()).hexdigest() == SHA256


def test_the_corpus_is_a_megabyte_of_whole_stories_and_none_comes_twice(corpus: str) -> None:
    told = corpus.removesuffix("\n\n").split("\n\n")
    assert 1_000_000 <= len(corpus) < 1_001_000
    assert len(told) == len(set(told)) > 1_800


def test_the_characters_are_few_and_plain(corpus: str) -> None:
    assert 40 <= len(set(corpus)) <= 70
    assert corpus.isascii()
    assert not re.search(r" \n|  |\n\n\n|[\[\]{}|*/=]", corpus)


def test_a_shorter_corpus_begins_the_longer_one_and_another_seed_differs(corpus: str) -> None:
    assert corpus.startswith(tales(5_000))
    assert not corpus.startswith(tales(1, seed=1))


def test_the_tracked_sample_is_the_beginning_of_the_corpus() -> None:
    assert SAMPLE.read_bytes() == tales(4_000).encode()


def test_each_story_has_one_derivation_and_a_reader_arrives_at_the_same_price(some: list[Story]) -> None:
    for story in some:
        (reading,) = Reader(story.text).derivations()
        assert reading.nats == pytest.approx(story.nats, rel=1e-12)


def test_a_reader_finds_every_derivation_of_an_ambiguous_text() -> None:
    ambiguous = Grammar.parse("twice\n    [some][some]\nsome\n    x|xx|xxx\n", FORMS)
    assert len(Reader("xxxx", ambiguous).derivations()) == 3


def test_an_alternative_comes_as_often_as_it_is_priced() -> None:
    told = itertools.islice(Grammar.parse("word\n    rare|3*often\n", FORMS).stories(seed=0), 4_000)
    count = Counter((story.text, story.nats) for story in told)
    assert set(count) == {("rare", math.log(4)), ("often", math.log(4 / 3))}
    assert count["rare", math.log(4)] == pytest.approx(1_000, abs=4 * math.sqrt(4_000 * 3 / 16))


def test_a_story_whose_sum_is_wrong_cannot_be_told(some: list[Story]) -> None:
    answer = re.compile(r"(?<=: I have )(two|three|four|five|six|seven)(?= \w+s)")
    wrong = [answer.sub("twelve", story.text) for story in some if answer.search(story.text)]
    assert wrong
    assert not any(Reader(text).derivations() for text in wrong)


def test_no_word_of_a_list_begins_another() -> None:
    for name in LISTS:
        assert is_prefix_free(list(TALES.rules[name].words)), name


def test_no_alternative_begins_another_at_any_draw(some: list[Story]) -> None:
    drawn = set()
    for reader in (Reader(story.text) for story in some):
        reader.derivations()
        for rule, memory in reader.draws:
            drawn.add(rule)
            if rule in LISTS:
                continue  # the test above
            among = set(TALES.choices(rule, memory))
            assert is_prefix_free([head for one in among for head in reader.heads(one.words, memory)]), rule
    assert drawn == set(TALES.rules)


def test_every_word_is_told_somewhere_in_the_corpus(corpus: str) -> None:
    for word in itertools.chain.from_iterable(TALES.rules[name].words for name in LISTS):
        assert re.search(word, corpus, re.IGNORECASE), word


def test_a_counted_answer_is_the_sum_of_what_was_told(some: list[Story]) -> None:
    told = re.compile(r"had (\w+) (\w+)s (and|but) [a-z ]+? (one|two|three)\b")
    answers = 0
    for text in (story.text for story in some):
        for had, things, joined, change in told.findall(text):
            total = NUMBERS.index(had) + NUMBERS.index(change) * (1 if joined == "and" else -1)
            for said in re.findall(rf": I have (\w+) {things}", text):
                assert said == NUMBERS[total], text
                answers += 1
    assert answers >= 10


def test_a_thing_is_where_it_was_put_last(some: list[Story]) -> None:
    answer = re.compile(r": (?:It is|They are|Look|Check|You will find it|You will find them) ((?:\w+ )+the \w+)")
    places = [(story.text, match) for story in some for match in answer.finditer(story.text)]
    assert len(places) >= 30
    placed = re.compile(r" (?:put|left|hid|laid|dropped|placed|set|was|were) [^.]*the \w+(?=\.)")
    for text, match in places:
        put = placed.findall(text, 0, match.start())
        assert put[-1].endswith(match[1]), text


def test_whoever_was_given_the_thing_answers_that_he_has_it(some: list[Story]) -> None:
    given = re.compile(r"(?:gave|sold|lent|handed|passed) the [\w ]+ to (\w+)\.")
    owns = re.compile(r"(\w+): (?:I have (?:it|them)|It is mine|They are mine)")
    pairs = [(given.findall(story.text), owns.findall(story.text)) for story in some]
    assert sum(gave == has for gave, has in pairs if gave and has) >= 10
    assert all(gave == has for gave, has in pairs if gave and has)


def test_the_floor_of_the_whole_is_the_mean_of_its_parts(corpus: str, some: list[Story]) -> None:
    cut = len("".join(story.text for story in some))
    nats = sum(story.nats for story in some)
    assert floor(0, cut) == pytest.approx(nats / cut, rel=1e-12)
    assert floor(0, cut) * cut + floor(cut, cut + 5_000) * 5_000 == pytest.approx(floor(0, cut + 5_000) * (cut + 5_000))


def test_the_floor_of_the_validation_split_leaves_something_to_learn(corpus: str) -> None:
    assert 0.34 < floor(len(corpus) * 9 // 10, len(corpus)) < 0.37


@pytest.mark.parametrize(("start", "end"), [(0, 0), (5, 5), (7, 3), (-1, 4)])
def test_a_stretch_without_characters_has_no_floor(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="no characters"):
        floor(start, end)
