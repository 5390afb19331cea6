"""Whatever a person names becomes a text, or one sentence that says why not; nothing hangs."""

import io
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpt2mini import tales
from gpt2mini.corpus import list_corpora, prepare, reopen
from gpt2mini.errors import DataError, LabError, NotFoundError, UsageError
from gpt2mini.paths import Home
from gpt2mini.sources import RECIPES
from samples import LONG, whole, written

NOBODY = 65534
"""A user without rights, on systems that have one."""
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@contextmanager
def within(seconds: int) -> Iterator[None]:
    """Fail, rather than hang, if the block takes longer."""

    def fail(*_: object) -> None:
        raise TimeoutError(f"it took more than {seconds} s")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def unprivileged() -> Iterator[None]:
    """Run the block without the rights of the superuser, if the tests have them."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_tales_know_their_floor_and_a_file_of_the_same_text_does_not(tmp_path: Path, home: Home) -> None:
    text = tales.tales()
    copied = prepare(written(tmp_path / "copy.txt", text), home)
    corpus = prepare("tales", home)
    assert whole(corpus) == text
    assert corpus.references["floor"] == pytest.approx(tales.floor(len(corpus.train), len(text)), abs=1e-6)
    assert 0 < corpus.references["floor"] < corpus.references["4-gram"]
    assert (copied.fingerprint, "floor" in copied.references) == (corpus.fingerprint, False)


def test_tales_are_not_told_a_second_time(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    first = prepare("tales", home)
    monkeypatch.delattr(tales, "stories")
    second = prepare("tales", home)
    assert (second.name, second.references) == ("tales", first.references)


@pytest.mark.parametrize("name", ["tales", "copy"])
def test_a_text_is_made_again_when_what_makes_it_changes(name: str) -> None:
    """The recipe must cover every module of ours that the text depends on."""
    ours = "*sorted(m for m in sys.modules if m.startswith('gpt2mini.'))"
    code = f"import sys, {RECIPES[name][-1].__name__}; print({ours})"
    path = {"PYTHONPATH": str(Path(tales.__file__).parent.parent)}
    ran = subprocess.run([sys.executable, "-c", code], env=os.environ | path, capture_output=True, check=True)
    assert ran.stdout.decode().split() == [module.__name__ for module in RECIPES[name]]


def test_python_brings_two_texts(home: Home) -> None:
    pydoc, stdlib = prepare("pydoc", home), prepare("stdlib", home)
    assert "The standard type hierarchy" in whole(pydoc)
    assert "def dataclass(" in whole(stdlib)
    assert stdlib.statistics.utf8_bytes < 9_000_000


def test_a_built_in_name_comes_before_a_file(tmp_path: Path, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "pydoc", LONG)
    assert prepare("pydoc", home).source == "pydoc"
    assert whole(prepare("./pydoc", home)) == LONG


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.sampled_from(["b.txt", "a/z.txt", "a.txt", "a/b/c", "Z", "é", "a b"]), st.text("ab\n")))
def test_a_folder_is_its_files_in_order_a_blank_line_apart(files: dict[str, str]) -> None:
    full = [files[name] for name in sorted(files) if files[name]]
    text = "".join(part + ("\n" if part.endswith("\n") else "\n\n") for part in full[:-1]) + "".join(full[-1:])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "texts")
        folder.mkdir()
        for path, content in files.items():
            written(folder / path, content)
        if len(text) < 2:
            with pytest.raises(DataError):
                prepare(str(folder), Home(Path(name, "home")))
        else:
            corpus = prepare(str(folder), Home(Path(name, "home")))
            assert (corpus.name, whole(corpus)) == ("texts", text)


@posix
def test_hidden_and_binary_files_of_a_folder_are_left_out(tmp_path: Path, home: Home) -> None:
    folder = tmp_path / "folder"
    for name, data in {
        "a.txt": b"text",
        ".hidden": b"no",
        ".git/config": b"no",
        "image.png": b"\x89PNG\0",
        "latin.txt": "café\n".encode("latin-1"),
    }.items():
        written(folder / name, data)
    os.mkfifo(folder / "pipe")
    (folder / "loop").symlink_to(folder)
    (folder / "dangling").symlink_to(folder / "nothing")
    with within(5):
        corpus = prepare(str(folder), home)
    assert whole(corpus) == "text"
    assert "2 of 3 files are not text and were left out, image.png among them." in corpus.notices


def test_standard_input_is_read_to_its_end(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LONG.replace("\n", "\r\n").encode())))
    corpus = prepare("-", home)
    assert (corpus.name, corpus.source, whole(corpus)) == ("stdin", "-", LONG)


@posix
def test_a_keyboard_is_not_waited_for(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = os.openpty()
    with open(theirs) as keyboard, within(5):
        monkeypatch.setattr(sys, "stdin", keyboard)
        with pytest.raises(UsageError, match="standard input"):
            prepare("-", home)
    os.close(ours)


def test_another_encoding_can_be_named(tmp_path: Path, home: Home) -> None:
    for encoding in ("utf-16", "utf-16-le", "utf-32", "gbk", "shift_jis", "utf-8-sig"):
        source = written(tmp_path / f"{encoding}.txt", "日本\r\n語\n".encode(encoding))
        assert whole(prepare(source, home, encoding=encoding)) == "日本\n語\n", encoding


def test_the_list_has_built_in_texts_then_prepared_ones(tmp_path: Path, home: Home) -> None:
    corpus = prepare(written(tmp_path / "rhyme.txt", LONG), home)
    listed = {entry.name: entry for entry in list_corpora(home)}
    assert list(listed)[:3] == ["tales", "pydoc", "stdlib"]
    assert all(listed[name].description for name in ("tales", "pydoc", "stdlib"))
    entry = listed["rhyme"]
    assert (entry.fingerprint, entry.characters) == (corpus.fingerprint, len(LONG))
    assert entry.vocabulary == corpus.tokenizer.vocab_size
    assert entry.size > 2 * len(LONG)


def test_looking_at_an_empty_home_creates_nothing(home: Home) -> None:
    assert all(entry.description for entry in list_corpora(home))
    assert not home.root.exists()


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        (b"", DataError, "0 tokens.* at least 2"),
        (b"a", DataError, "1 tokens.* at least 2"),
        (b"\xef\xbb\xbf\r\n", DataError, "1 tokens"),
        (b"abc\xff", DataError, "byte 0xFF at offset 3 .*--encoding"),
        (b"abc\xe6\x97", DataError, "byte 0xE6 at offset 3 .*unexpected end"),
        (b"x" * (1 << 20) + b"\xe6\x97", DataError, "offset 1,048,576 "),
        (b"x" * ((1 << 20) - 1) + b"\xe6\x97\xff", DataError, "offset 1,048,575 "),
        (b"ab\xed\xa0\x80", DataError, "byte 0xED at offset 2 "),
        ("日本語".encode("gbk"), DataError, "byte 0xC8 at offset 0 .*--encoding gbk"),
        (b"\x7fELF\x02\x01\x01\0\0\0\xb0\xa1", DataError, "byte 0xB0 at offset 10 .*NUL bytes"),
        ("日本語".encode("utf-16"), DataError, "offset 0.*UTF-16.*--encoding utf-16"),
        ("abc".encode("utf-16-be"), DataError, "offset 0.*UTF-16-BE.*--encoding utf-16-be"),
        ("abc".encode("utf-16-le"), DataError, "offset 0.*UTF-16-LE.*--encoding utf-16-le"),
        ("abc".encode("utf-32"), DataError, "offset 0.*UTF-32.*--encoding utf-32"),
    ],
)
def test_what_is_no_text_is_refused_with_its_place(
    tmp_path: Path, home: Home, data: bytes, error: type[LabError], words: str
) -> None:
    with pytest.raises(error, match=words) as caught:
        prepare(written(tmp_path / "bad.txt", data), home)
    assert str(tmp_path / "bad.txt") in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not home.prepared.exists()


def test_what_is_not_there_is_not_found(tmp_path: Path, home: Home) -> None:
    source = written(tmp_path / "file.txt", LONG)
    for missing in (str(tmp_path / "no.txt"), source + "/below", "talse", "a\0b"):
        with pytest.raises((NotFoundError, DataError)) as caught:
            prepare(missing, home)
        assert caught.value.code in (65, 66)
    with pytest.raises(NotFoundError, match="tales, pydoc, stdlib"):
        prepare("talse", home)
    with pytest.raises(NotFoundError):
        reopen("../" * 5, home)


@pytest.mark.parametrize("source", ["", "  "])
def test_naming_nothing_is_a_usage_error(source: str, home: Home) -> None:
    with pytest.raises(UsageError, match="--data"):
        prepare(source, home)


@pytest.mark.parametrize("encoding", ["klingon", "hex", "", "rot13"])
def test_an_unknown_encoding_is_a_usage_error(encoding: str, home: Home) -> None:
    with pytest.raises(UsageError, match="encoding"):
        prepare("pydoc", home, encoding=encoding)


def test_an_unknown_tokenizer_is_a_usage_error(home: Home) -> None:
    with pytest.raises(UsageError, match="'words'"):
        prepare("pydoc", home, "words")


def test_a_folder_without_text_is_refused(tmp_path: Path, home: Home) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="it has no files"):
        prepare(str(tmp_path / "empty"), home)
    written(tmp_path / "empty" / "a.bin", b"\0\1")
    with pytest.raises(DataError, match="none of its 1 files is utf-8 text"):
        prepare(str(tmp_path / "empty"), home)


@posix
def test_pipes_devices_and_sockets_are_refused_at_once(tmp_path: Path, home: Home) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as open_socket, tempfile.TemporaryDirectory() as short, within(5):
        open_socket.bind(f"{short}/socket")
        for path, words in [
            (str(tmp_path / "pipe"), "a pipe"),
            (f"{short}/socket", "a socket"),
            ("/dev/zero", "a device"),
            ("/dev/null", "a device"),
        ]:
            with pytest.raises(DataError, match=f"{words}, not a file. Use - to read standard input"):
                prepare(path, home)


@posix
def test_a_file_nobody_may_read_is_refused(home: Home) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        source = written(Path(folder, "secret.txt"), LONG)
        os.chmod(source, 0)
        with unprivileged(), pytest.raises(DataError, match="permission denied"):
            prepare(source, home)


def test_half_a_surrogate_pair_is_refused(tmp_path: Path, home: Home) -> None:
    source = written(tmp_path / "escaped.txt", b"ab\\ud800")
    with pytest.raises(DataError, match=r"U\+D800"):
        prepare(source, home, encoding="unicode_escape")
