"""Help is there for every command, under both names, with examples, and before a person can blink."""

import os
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from gpt2mini_tui.cli import main

CPU_LIMIT = 0.2
"""Seconds of CPU, the interpreter's own start included."""


def paths(group: click.Group = main, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from paths(command, (*before, name))
        else:
            yield (*before, name)


@pytest.mark.parametrize("words", list(paths()), ids=" ".join)
def test_every_command_explains_itself(words: tuple[str, ...]) -> None:
    long, short = (CliRunner().invoke(main, [*words, flag]) for flag in ("--help", "-h"))
    assert long.exit_code == 0
    assert long.stdout == short.stdout
    assert f"Usage: gpt2mini-tui {' '.join(words)}" in long.stdout
    assert "--home DIR" in long.stdout
    examples = long.stdout.partition("Examples:\n")[2].splitlines()
    assert examples
    assert all(f"gpt2mini-tui {' '.join(words)}" in line or "gpt2mini-tui --home" in line for line in examples)


@pytest.mark.parametrize("words", [(), *sorted({path[:1] for path in paths() if len(path) > 1})], ids=" ".join)
def test_every_group_lists_its_commands_with_examples(words: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(main, [*words, "--help"]).stdout
    commands, _, examples = shown.partition("\nCommands:\n")[2].partition("Examples:\n")
    below = {path[len(words)] for path in paths() if path[: len(words)] == words}
    assert {line.split()[0] for line in commands.splitlines() if line.startswith("  ") and line[2] != " "} == below
    assert examples.count(f"gpt2mini-tui {' '.join(words)}") >= 2


def test_what_one_needs_first_comes_first() -> None:
    listed = CliRunner().invoke(main, ["--help"]).stdout
    places = [listed.index(f"\n  {name} ") for name in ("launch", "train", "resume", "generate", "chat", "runs")]
    assert places == sorted(places)


def test_options_stand_under_headings() -> None:
    shown = CliRunner().invoke(main, ["train", "--help"]).stdout
    places = [shown.index(f"\n{heading}:") for heading in ("Text", "Model", "Training", "Switches", "Options")]
    assert places == sorted(places)
    assert shown.index("--no-residual") > shown.index("\nSwitches:") > shown.index("--lr X")


def test_the_version_is_told() -> None:
    assert CliRunner().invoke(main, ["--version"]).stdout.startswith("gpt2mini-tui ")


@pytest.mark.parametrize("words", [("train", "--help"), ("--help",)])
def test_help_costs_next_to_nothing(words: tuple[str, ...]) -> None:
    costs = []
    for _ in range(5):  # the least of five: a busy machine has cold caches
        before = os.times()
        subprocess.run([sys.executable, "-m", "gpt2mini_tui", *words], capture_output=True, check=True)
        after = os.times()
        costs.append(after.children_user + after.children_system - before.children_user - before.children_system)
        if costs[-1] < CPU_LIMIT:
            return
    assert min(costs) < CPU_LIMIT
