"""A text is fetched once, believed only with its checksum, and trained on by its name."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import click
import pytest

from gpt2mini.downloads import KNOWN, download, kept, name_of
from gpt2mini.errors import CannotCreateError, DataError, UsageError
from gpt2mini.paths import Home
from gpt2mini_tui.cli.data_get import get_data
from small_lab import Lab

TEXT = b"one for sorrow, two for joy.\n" * 60
DIGEST = hashlib.sha256(TEXT).hexdigest()


class _Library(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if "rhyme" not in self.path:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(TEXT) + 9 * ("short" in self.path)))
        self.end_headers()
        self.wfile.write(TEXT)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Library) as library:
        thread = threading.Thread(target=library.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{library.server_port}"
        library.shutdown()
        thread.join()


def test_a_text_is_fetched_and_trained_on_by_name(lab: Lab, server: str) -> None:
    added = lab.json("data", "add", f"{server}/a/my%20rhyme.txt?x=1", "--sha256", DIGEST.upper())
    assert (added["name"], added["sha256"]) == ("my-rhyme", DIGEST)
    assert Path(added["path"]).read_bytes() == TEXT
    trained = lab.run("train", "--data", "my-rhyme", *lab.small, "--name", "fetched")
    assert trained.exit_code == 0, trained.stderr
    lab.good("resume", "fetched", "--steps", "5")
    assert lab.json("data", "show", "my-rhyme")["statistics"]["utf8_bytes"] == len(TEXT)


def test_the_checksum_of_a_text_is_said_where_nobody_gave_one(lab: Lab, server: str) -> None:
    result = lab.run("data", "add", f"{server}/rhyme", "--name", "r")
    assert DIGEST in result.stderr


def test_another_text_is_not_kept(server: str, tmp_path: Path) -> None:
    home = Home(tmp_path)
    with pytest.raises(DataError, match=f"its SHA-256 is {DIGEST}"):
        download(f"{server}/rhyme", home, name="r", sha256="0" * 64)
    with pytest.raises(DataError, match="half-way"):
        download(f"{server}/rhyme-short", home, name="r", sha256="")
    with pytest.raises(DataError, match="404"):
        download(f"{server}/nothing", home, name="r", sha256="")
    with pytest.raises(DataError, match="no network"):
        download("http://127.0.0.1:9/rhyme", home, name="r", sha256="")
    assert kept("r", home) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "name", "sha256"),
    [("file:///etc/hostname", "r", ""), ("rhyme.txt", "r", ""), ("http://a/r", "../r", ""), ("http://a/r", "r", "12")],
)
def test_what_cannot_be_meant_is_refused(url: str, name: str, sha256: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        download(url, Home(tmp_path), name=name, sha256=sha256)


def test_a_text_is_never_written_over(server: str, tmp_path: Path) -> None:
    home = Home(tmp_path)
    path = download(f"{server}/rhyme", home, name="r", sha256=DIGEST)
    assert kept("r", home) == path
    with pytest.raises(CannotCreateError):
        download(f"{server}/rhyme", home, name="r", sha256=DIGEST)


def test_a_known_text_that_is_here_is_not_fetched_again(lab: Lab) -> None:
    folder = Home(lab.home).texts
    folder.mkdir(parents=True)
    (folder / "tinyshakespeare.txt").write_bytes(TEXT)
    assert lab.json("data", "get", "tinyshakespeare")["sha256"] == KNOWN["tinyshakespeare"].sha256


@pytest.mark.parametrize(
    ("url", "name"),
    [("http://a/b/c.d.txt", "c-d"), ("http://a/", "text"), ("http://a/%2e%2e", "text"), ("http://a/x", "x")],
)
def test_an_address_gives_a_name(url: str, name: str) -> None:
    assert name_of(url) == name


def test_every_known_text_can_be_asked_for() -> None:
    kind = get_data.params[0].type
    assert isinstance(kind, click.Choice)
    assert set(kind.choices) == set(KNOWN)
