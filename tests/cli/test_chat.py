"""`chat` answers lines, remembers what was said, and obeys what begins with a slash."""

import json
import re
from pathlib import Path

import pytest

from gpt2mini.checkpoint import load_checkpoint
from gpt2mini.config import Sampling
from gpt2mini.errors import UsageError
from gpt2mini_tui.cli.conversation import Conversation
from gpt2mini_tui.cli.repl import completions, obey, remembered
from gpt2mini_tui.talk.branches import Branches, Said
from gpt2mini_tui.talk.transcripts import Record, to_json
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
    conversation.branches = Branches()
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
    for name in (
        "help",
        "temperature",
        "top-k",
        "top-p",
        "tokens",
        "seed",
        "stop",
        "reset",
        "settings",
        "quit",
        "more",
        "again",
        "turns",
        "save",
        "open",
    ):
        assert f"/{name} " in listed
    assert max(map(len, listed.splitlines())) <= 80


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


def test_going_on_and_answering_anew_keep_what_there_was(conversation: Conversation) -> None:
    first = said(conversation, "one")
    more = "".join(conversation.more())
    assert conversation.text == f"one{first}{more}"
    anew = "".join(conversation.again())
    assert conversation.text == f"one{anew}"
    kept = ["".join(one.text for one in way.said) for way in conversation.branches.ways()]
    assert kept == [f"one{first}{more}", f"one{anew}"]


def test_a_new_answer_that_ends_before_its_first_token_leaves_the_one_before(trained: Lab) -> None:
    checkpoint = load_checkpoint(trained.home / "checkpoints" / "rhyme")
    conversation = Conversation(checkpoint, Sampling(tokens=10, temperature=0.0))
    first = said(conversation, "one")
    conversation.writing = Sampling(tokens=10, temperature=0.0, stop=first[0])
    assert list(conversation.again()) == []
    assert conversation.text == f"one{first}"


def test_turns_put_a_line_into_their_form_and_end_an_answer_where_it_breaks(trained: Lab) -> None:
    checkpoint = load_checkpoint(trained.home / "checkpoints" / "rhyme")
    conversation = Conversation(checkpoint, Sampling(tokens=400, temperature=2.0))
    assert obey("/turns", conversation) == "turns plain"
    assert obey("/turns for {},\\na", conversation) == "turns 'for {},\\na'"
    answer = said(conversation, "one")
    assert conversation.text == f"for one,\na{answer}"
    assert "\n" not in answer
    said(conversation, "two")
    assert conversation.text.startswith(f"for one,\na{answer}\nfor two,\na")
    with pytest.raises(UsageError, match="no form of a turn"):
        obey("/turns nothing", conversation)


def test_a_conversation_is_saved_as_markdown_and_json(lab: Lab) -> None:
    words = "one for\n/again\n/save\n"
    result = lab.run("chat", "--load", "rhyme", "--tokens", "6", text=words)
    [saved] = re.findall(r"Saved as (.*\.md)\.", result.stderr)
    plain = json.loads(Path(saved).with_suffix(".json").read_text())
    [text] = plain["texts"]
    answers = result.stdout.splitlines()
    assert text["text"] == f"one for{answers[1]}"
    assert text["model"] == "rhyme step 4"
    assert text["settings"]["tokens"] == 6
    page = Path(saved).read_text()
    assert page.count("```text") == 4
    assert "Another way, parting after 7 tokens" in page
    assert f"```text\n{answers[0]}\n```" in page


def test_there_is_nothing_to_save_or_answer_anew_before_anything_was_said(trained: Lab) -> None:
    result = trained.run("chat", text="/save\n/again\n")
    assert result.stderr.splitlines() == ["nothing was said yet. Type a line first."] * 2


def test_typed_lines_are_remembered_from_one_conversation_to_the_next(tmp_path: Path) -> None:
    readline = pytest.importorskip("readline")
    path = tmp_path / "transcripts" / "lines"
    readline.clear_history()
    with remembered(path):
        readline.add_history("one for sorrow")
    readline.clear_history()
    with remembered(path):
        assert readline.get_history_item(1) == "one for sorrow"


def test_commands_are_completed() -> None:
    assert sorted(completions("/to")) == ["/tokens", "/top-k", "/top-p"]
    assert completions("to") == []


def test_a_saved_conversation_is_gone_on_with_from_the_command_line(lab: Lab) -> None:
    first = lab.run("chat", "--load", "rhyme", "--tokens", "6", text="one for\n/again\n/save\n")
    [saved] = re.findall(r"Saved as (.*\.md)\.", first.stderr)
    answers = first.stdout.splitlines()
    again = lab.run("chat", "--load", "rhyme", "--tokens", "6", "--open", saved, text="/more\n/save\n")
    assert "Opened a text of rhyme step 4: 13 tokens, 2 branches kept. rhyme step 4 goes on with it." in again.stderr
    [later] = re.findall(r"Saved as (.*\.md)\.", again.stderr)
    assert later != saved
    [text] = json.loads(Path(later).with_suffix(".json").read_text())["texts"]
    assert text["text"] == f"one for{answers[1]}{again.stdout.rstrip(chr(10))}"
    assert len(Branches.from_plain(text["tokens"], text["end"]).ways()) == 2
    newest = lab.run("chat", "--load", "rhyme", text="/open\n/open nothing.json\n")
    assert "19 tokens, 2 branches kept" in newest.stderr
    assert "there is no such file (nothing.json)" in newest.stderr


def test_a_conversation_in_another_vocabulary_is_read_anew(lab: Lab, tmp_path: Path) -> None:
    said = [Said(id=900, text="one "), Said(id=901, text="for", by="other step 1")]
    record = Record(model="other step 1", settings={}, branches=Branches(said), vocabulary="another")
    path = tmp_path / "other.json"
    path.write_text(to_json([record, record], 0.0))
    result = lab.run("chat", "--load", "rhyme", "--tokens", "3", "--open", str(path), text="/more\n")
    assert "of other step 1, the last of its 2 texts: 7 tokens, read anew in another vocabulary" in result.stderr
    assert result.exit_code == 0


@pytest.mark.parametrize(("content", "code"), [(b"\xff", 65), (b"{}", 65), (None, 66)])
def test_what_is_no_conversation_has_a_sentence_and_a_code(
    content: bytes | None, code: int, trained: Lab, tmp_path: Path
) -> None:
    path = tmp_path / "garbage.json"
    if content is not None:
        path.write_bytes(content)
    result = trained.run("chat", "--open", str(path), text="one\n")
    assert (result.exit_code, result.stdout) == (code, "")
    assert len(result.stderr.splitlines()) == 1
