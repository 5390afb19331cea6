"""`chat` answers lines, remembers what was said, and obeys what begins with a slash."""

import pytest

from gpt2mini.checkpoint import load_checkpoint
from gpt2mini.config import Sampling
from gpt2mini.errors import UsageError
from gpt2mini_tui.cli.conversation import Conversation, obey
from small_lab import Lab


@pytest.fixture
def conversation(trained: Lab) -> Conversation:
    return Conversation(load_checkpoint(trained.home / "checkpoints" / "rhyme"), Sampling(tokens=10))


def said(conversation: Conversation, line: str) -> str:
    return "".join(conversation.answer(line))


def test_from_a_pipe_each_line_is_answered_until_there_are_no_more(trained: Lab) -> None:
    result = trained.run("chat", "--load", "rhyme", "--tokens", "5", "--stop", "\n", text="one\n\ntwo")
    assert (result.exit_code, result.stderr) == (0, "")
    assert len(result.stdout.splitlines()) == 2


def test_an_answer_continues_everything_that_was_said(conversation: Conversation) -> None:
    first = said(conversation, "one for ")
    assert conversation.text == f"one for {first}"
    second = said(conversation, "two")
    assert conversation.text == f"one for {first}\ntwo{second}"


def test_an_answer_that_is_cut_short_is_remembered_as_far_as_it_went(conversation: Conversation) -> None:
    answer = conversation.answer("one")
    beginning = next(answer) + next(answer)
    answer.close()
    assert conversation.text == f"one{beginning}"


def test_asking_again_draws_anew_and_after_a_reset_the_same(conversation: Conversation) -> None:
    first = said(conversation, "one")
    conversation.text = ""
    assert said(conversation, "one") != first
    assert obey("/reset", conversation) == "Forgotten."
    assert said(conversation, "one") == first


def test_settings_are_shown_and_set(conversation: Conversation) -> None:
    assert obey("/temperature", conversation) == "temperature 0.8"
    assert obey("/temperature 0.5", conversation) == "temperature 0.5"
    assert obey("/top-k 3", conversation) == "top-k 3"
    assert obey("/stop \\n", conversation) == "stop '\\n'"
    assert conversation.writing == Sampling(tokens=10, temperature=0.5, top_k=3, stop="\n")
    assert obey('/stop ""', conversation) == "stop ''"
    assert "temperature  0.5" in str(obey("/settings", conversation))


def test_every_setting_has_a_command_and_help_lists_it(conversation: Conversation) -> None:
    listed = str(obey("/help", conversation))
    for name in ("help", "temperature", "top-k", "top-p", "tokens", "seed", "stop", "reset", "settings", "quit"):
        assert f"/{name} " in listed


@pytest.mark.parametrize("line", ["/quit", "/exit", "/q", "/QUIT "])
def test_there_are_ways_out(conversation: Conversation, line: str) -> None:
    assert obey(line, conversation) is None


@pytest.mark.parametrize("line", ["/dance", "/", "/temperature hot", "/tokens 0"])
def test_a_bad_command_is_refused_and_changes_nothing(conversation: Conversation, line: str) -> None:
    with pytest.raises(UsageError):
        obey(line, conversation)
    assert conversation.writing == Sampling(tokens=10)


def test_a_bad_command_does_not_end_the_conversation(trained: Lab) -> None:
    words = "/dance\n/tokens 3\none\n/quit\ntwo\n"
    result = trained.run("chat", "--stop", "\n", text=words)
    assert result.exit_code == 0
    assert result.stderr.splitlines() == [
        "there is no command /dance. /help lists them; //… says a line with a slash.",
        "tokens 3",
    ]
    assert len(result.stdout.splitlines()) == 1


def test_a_line_may_begin_with_a_slash_and_hold_any_byte(trained: Lab) -> None:
    result = trained.run("chat", "--tokens", "3", text=b"//one\n\xff\xfe two\n")
    assert result.exit_code == 0
    assert "has never seen '/' (U+002F)" in result.stderr
    assert "U+FFFD" in result.stderr
