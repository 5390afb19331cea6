"""Tab offers what is there, and never an error."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from small_lab import Lab


def offered(home: Path, *words: str) -> list[str]:
    """Return what bash is offered for the last word."""
    ask = {"COMP_WORDS": " ".join(["gpt2mini-tui", *words]), "COMP_CWORD": str(len(words))}
    code = "from gpt2mini_tui.cli import main; main(prog_name='gpt2mini-tui')"
    env = os.environ | ask | {"_GPT2MINI_TUI_COMPLETE": "bash_complete", "GPT2MINI_HOME": str(home)}
    done = subprocess.run([sys.executable, "-X", "importtime", "-c", code], env=env, capture_output=True, text=True)
    assert "torch" not in done.stderr
    return [line.partition(",")[2] for line in done.stdout.splitlines() if line]


@pytest.mark.parametrize(
    ("words", "answers"),
    [
        (["resume", "rh"], ["rhyme"]),
        (["runs", "show", "x"], []),
        (["generate", "--load", "rhyme/"], ["rhyme/step-000004", "rhyme/step-000002"]),
        (["generate", "--load", "nothing/"], ["nothing/"]),
        (["train", "--ln-style", "p"], ["pre", "post"]),
        (["tra"], ["train"]),
    ],
)
def test_a_shell_is_offered_what_is_there(trained: Lab, words: list[str], answers: list[str]) -> None:
    assert offered(trained.home, *words) == answers


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_is_told_how_to_ask(trained: Lab, shell: str) -> None:
    script = trained.good("completion", shell)
    assert f"_GPT2MINI_TUI_COMPLETE={shell}_complete" in script.replace("env ", "")
    assert "gpt2mini-tui" in script


def test_a_shell_that_nobody_knows_is_refused(trained: Lab) -> None:
    assert trained.run("completion", "tcsh").exit_code == 2
