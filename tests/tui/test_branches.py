"""A tree of everything that was said: nothing is lost, and every way can be walked again."""

import json

from hypothesis import given
from hypothesis import strategies as st

from gpt2mini_tui.talk.branches import Branches, Said


def said(text: str, by: str = "m") -> list[Said]:
    return [Said(id=ord(letter), text=letter, by=by) for letter in text]


def texts(tree: Branches) -> list[str]:
    return ["".join(one.text for one in way.said) for way in tree.ways()]


def test_going_back_and_on_keeps_both_ways() -> None:
    tree = Branches(said("once upon"))
    tree.fork(5)
    tree.add(*said("more"))
    assert tree.text == "once more"
    assert texts(tree) == ["once upon", "once more"]
    assert [(way.parts_at, way.is_current) for way in tree.ways()] == [(0, False), (5, True)]


def test_the_ways_that_part_at_a_place_are_taken_in_turn() -> None:
    tree = Branches(said("abc"))
    for other in ("xy", "z"):
        tree.fork(1)
        tree.add(*said(other))
    assert [one.text for one in tree.others(1)[0]] == ["b", "x", "z"]
    assert tree.others(1)[1] == 2
    seen = [tree.text]
    for _ in range(3):
        assert tree.turn(1, 1)
        seen.append(tree.text)
    assert seen == ["az", "abc", "axy", "az"]
    assert tree.turn(1, -1)
    assert tree.text == "axy"
    assert not tree.turn(0, 1)


def test_the_same_words_from_the_same_hand_are_the_same_branch() -> None:
    tree = Branches(said("ab"))
    tree.fork(1)
    tree.add(Said(id=ord("b"), text="b", by="m", bits=2.0))
    assert texts(tree) == ["ab"]
    assert tree[1].bits == 2.0
    tree.fork(1)
    tree.add(*said("b", by="another"))
    assert texts(tree) == ["ab", "ab"]


def test_stopping_before_anything_was_written_goes_back_to_what_there_was() -> None:
    tree = Branches(said("abc"))
    tree.fork(1)
    assert tree.text == "a"
    tree.settle()
    assert tree.text == "abc"


def test_a_token_that_is_chosen_again_is_walked_to() -> None:
    tree = Branches(said("abc"))
    tree.fork(1)
    tree.add(*said("xy"))
    assert tree.take(1, ord("b"))
    assert tree.text == "abc"
    assert not tree.take(1, ord("q"))


def test_the_nearest_parting_is_before_the_cursor_else_after_it() -> None:
    tree = Branches(said("abcdef"))
    assert tree.parting(2) is None
    for place in (2, 4):
        tree.fork(place)
        tree.add(*said("xyz"))
    assert [tree.parting(place) for place in (0, 2, 3, 4, 5)] == [2, 2, 2, 4, 4]


def test_measuring_leaves_the_token_what_it_is() -> None:
    tree = Branches(said("ab", by=""))
    tree.measure(1, Said(id=9, text="?", by="m", bits=3.0, rank=4))
    assert tree[1] == Said(id=ord("b"), text="b", by="", bits=3.0, rank=4)


names = st.sampled_from(["fork", "turn", "back", "take", "settle", "go"])
moves = st.lists(
    st.tuples(names, st.integers(0, 12), st.text("ab", max_size=4)),
    max_size=25,
)


@given(moves)
def test_whatever_is_done_nothing_that_was_said_is_lost(steps: list[tuple[str, int, str]]) -> None:
    tree = Branches(said("start"))
    written = {tree.text}
    for name, place, text in steps:
        at = place % len(tree) if len(tree) else 0
        before = tree.text
        if name == "fork":
            tree.fork(at)
            tree.add(*said(text))
            assert tree.text == before[:at] + text
        elif name in ("turn", "back") and len(tree):
            is_moved = tree.turn(at, 1 if name == "turn" else -1)
            assert tree.text[:at] == before[:at]
            assert is_moved == (len(tree.others(at)[0]) > 1)
        elif name == "take" and len(tree):
            assert tree.take(at, ord(text[:1] or "q")) == (tree.text[: at + 1] == before[:at] + (text[:1] or "q"))
        elif name == "settle":
            tree.settle()
            assert tree.text.startswith(before)
        elif name == "go" and tree.ways():
            way = tree.ways()[place % len(tree.ways())]
            tree.go(way)
            assert tree.said == list(way.said)
        written.add(tree.text)
    ways = texts(tree)
    assert all(any(way.startswith(text) for way in ways) for text in written)
    assert len(set(ways)) == len(ways) == tree.count
    for way in tree.ways():
        tree.go(way)
        assert [one.is_current for one in tree.ways()].count(True) == 1
    assert again(json.loads(json.dumps(tree.to_plain(), allow_nan=False))) == sorted(ways)


def again(plain: dict[str, list[dict[str, str | int]]]) -> list[str]:
    """Read the ways out of what was written down."""
    tokens = plain["tokens"]
    found: list[str] = []
    for token in tokens:
        parent = int(token["parent"])
        found.append((found[parent] if parent >= 0 else "") + str(token["text"]))
    inner = {int(token["parent"]) for token in tokens}
    return sorted(text for number, text in enumerate(found) if number not in inner)
