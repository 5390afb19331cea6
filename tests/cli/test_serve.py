"""`serve` on the command line: a link on standard output, a sentence for what cannot be, an end that is asked for."""

import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from small_lab import Lab


def test_without_the_extra_it_says_what_to_install(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gpt2mini_tui.cli.serve.find_spec", lambda _: None)
    refused = lab.run("serve")
    assert refused.exit_code == 1
    assert 'pip install "gpt2mini-tui[serve]"' in refused.stderr


def test_a_run_that_is_not_there_is_missed_before_anything_is_served(lab: Lab) -> None:
    assert lab.run("serve", "nothing", "--port", "0").exit_code == 66


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal")
def test_it_prints_a_link_and_ends_when_it_is_told_to(tmp_path: Path) -> None:
    words = [sys.executable, "-u", "-m", "gpt2mini_tui", "serve", "--port", "0", "--home", str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        link = server.stdout.readline().strip()
        assert urlsplit(link).hostname == "127.0.0.1"
        with urlopen(link) as answer:
            assert answer.status == 200
        assert server.stdout.readline().strip() not in ("", link)
        server.send_signal(signal.SIGINT)
        assert server.wait(60) == 130
