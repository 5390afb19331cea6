"""Who may come in through the browser, decided on headers alone."""

import pytest

from gpt2mini_tui.serving.gate import GUESTS, Gate, is_loopback


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        ("localhost", True),
        ("localhost:8000", True),
        ("LOCALHOST:9000", True),  # another port: a tunnel
        ("127.0.0.1:8000", True),
        ("[::1]:8000", True),
        ("lab.example.org", True),
        ("evil.example.org:8000", False),
        ("localhost.evil.example.org", False),
        ("127.0.0.1.evil.example.org", False),
        ("192.0.2.7:8000", False),
        ("[::2]:8000", False),
        ("[localhost", True),  # nonsense, and a name of ours all the same
        ("", False),
        (":8000", False),
    ],
)
def test_only_names_of_this_server_are_its_names(host: str, is_ours: bool) -> None:
    assert Gate("127.0.0.1", ["lab.example.org"]).is_ours(host) is is_ours


def test_a_server_on_the_network_goes_by_its_addresses_but_by_no_foreign_name() -> None:
    gate = Gate("0.0.0.0")
    assert gate.is_ours("192.0.2.7:8000")
    assert gate.is_ours("[2001:db8::7]:8000")
    assert not gate.is_ours("evil.example.org:8000")


@pytest.mark.parametrize(
    ("origin", "is_same"),
    [
        ("http://localhost:8000", True),
        ("https://localhost:8000", True),  # a proxy with TLS before it
        ("http://localhost:8001", False),
        ("http://localhost", False),
        ("http://127.0.0.1:8000", False),
        ("http://evil.example.org", False),
        ("file://localhost:8000", False),
        ("null", False),
        ("", False),
    ],
)
def test_only_the_own_page_is_the_own_origin(origin: str, is_same: bool) -> None:
    assert Gate("127.0.0.1").is_same_origin(origin, "localhost:8000") is is_same


def test_a_link_lets_one_browser_in() -> None:
    gate = Gate("127.0.0.1")
    first = gate.token
    cookie = gate.let_in(first)
    assert gate.knows(cookie)
    assert not gate.let_in(first)
    assert not gate.let_in("")
    assert not gate.knows("")
    assert not gate.knows(first)
    other = gate.let_in(gate.token)
    assert other != cookie
    assert gate.knows(cookie)
    assert gate.knows(other)


def test_only_so_many_browsers_are_remembered() -> None:
    gate = Gate("127.0.0.1")
    cookies = [gate.let_in(gate.token) for _ in range(GUESTS + 1)]
    assert [gate.knows(cookie) for cookie in cookies] == [False] + [True] * GUESTS


@pytest.mark.parametrize(
    ("host", "is_near"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("lab", False)],
)
def test_loopback_is_known(host: str, is_near: bool) -> None:
    assert is_loopback(host) is is_near
