"""Writes docs/reference/ from the code: commands, events, files, exit codes.

    python docs/make_reference.py

A page is made of what the code says of itself, that is of declarations and docstrings; so it cannot say anything else
than the program does, and `tests/test_reference.py` fails where a page is older than the code.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from inspect import cleandoc
from pathlib import Path
from typing import NamedTuple

import click

from gpt2mini.entries import LABEL, PINNED
from gpt2mini.errors import ExitCode
from gpt2mini.events import EVENTS
from gpt2mini.frames import LIMIT
from gpt2mini.labels import FILE
from gpt2mini.probes import PROBES
from gpt2mini_tui.cli import main as lab
from gpt2mini_tui.cli.group import Command

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "docs" / "reference"
CORE, APP = ROOT / "core" / "gpt2mini", ROOT / "gpt2mini_tui"
MADE = "Made from the code by `make reference`."


# Commands


def commands() -> str:
    """Return a page of every command, its arguments, options, defaults and examples."""
    found = list(_tree(lab, click.Context(lab, info_name="gpt2mini-tui", **lab.context_settings)))
    lines = ["# Commands", "", MADE, "", *_introduction(found[0][1])]
    for command, context in found[1:]:
        lines += ["", *_command(command, context)]
    return _page(lines)


def _tree(command: click.Command, context: click.Context) -> Iterator[tuple[click.Command, click.Context]]:
    yield command, context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from _tree(inner, click.Context(inner, info_name=name, parent=context))


def _introduction(context: click.Context) -> list[str]:
    """Return what holds for every command: the global options."""
    words = "Every command takes these too, before or after its own:"
    return [cleandoc(lab.help or ""), "", words, "", *_table(_global_names(), lab, context)]


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    depth = context.command_path.count(" ") + 1
    yield from (f"{'#' * depth} {context.command_path.removeprefix('gpt2mini-tui ')}", "", cleandoc(command.help or ""))
    if isinstance(command, click.Group):
        return
    yield from ("", "```text", f"{context.command_path} {' '.join(command.collect_usage_pieces(context))}", "```")
    own = {param.name or "" for param in command.get_params(context)} - _global_names()
    sections: dict[str, set[str]] = {}
    for param in command.get_params(context):
        if isinstance(param, click.Option) and param.name in own:
            sections.setdefault(getattr(param, "section", "Options"), set()).add(param.name)
    general = sections.pop("Options", set())
    for heading, names in (*sections.items(), ("Options", general)):
        table = list(_table(names, command, context))
        if sections and table:
            yield from ("", f"{heading}:")
        if table:
            yield from ("", *table)
    examples = [line.strip() for line in (command.epilog or "").strip().splitlines()]
    if examples:
        yield from ("", "```sh", *examples, "```")


def _table(names: set[str], command: click.Command, context: click.Context) -> list[str]:
    found = (param.get_help_record(context) for param in command.get_params(context) if param.name in names)
    rows = [f"| `{_cell(words)}` | {_cell(meaning)} |" for words, meaning in filter(None, found)]
    return ["| option | what it does |", "|---|---|", *rows] if rows else []


def _global_names() -> set[str]:
    """Return the options that every command has."""
    bare = Command("bare")
    return {param.name or "" for param in bare.get_params(click.Context(bare))}


def _cell(words: str) -> str:
    return re.sub(r"\s+", " ", words.replace("|", "\\|"))


# Events


def events() -> str:
    """Return a page of every event and its fields."""
    about = Said.of(CORE / "events.py")
    classes = about.classes | {"Probed": _probed()}
    lines = ["# Events", "", MADE, "", about.words, ""]
    lines += [
        "A log, `train --json` and `import gpt2mini` speak of the same events. Each is one JSON object on a line: its "
        "kind as `event`, then its fields. " + about.functions["to_record"].partition("\n\n")[2].replace("\n", " "),
        "",
        "Every event has `step`, a whole number: it counts the updates taken so far.",
    ]
    for name in EVENTS:
        found = classes[name]
        lines += ["", f"## {name}", "", found.words]
        if found.fields:
            lines += ["", *(_field(field) for field in found.fields)]
    return _page(lines)


def _probed() -> "Class":
    """Return what a look inside says, each row with its unit and with what to look for."""
    found = Said.of(CORE / "probes.py").classes["Probed"]
    units = {probe.name: f"In {probe.unit}." if probe.unit else "" for probe in PROBES}
    meanings = {probe.name: probe.meaning for probe in PROBES}
    fields = [
        Field(name, kind, " ".join(filter(None, (units[name], words, meanings[name]))))
        for name, kind, words in found.fields
    ]
    return found._replace(fields=fields)


class Field(NamedTuple):
    """A field of a dataclass, or a member of an enumeration."""

    name: str
    kind: str
    words: str


class Class(NamedTuple):
    """What a class says of itself."""

    words: str
    fields: list[Field]
    properties: dict[str, str]


class Said(NamedTuple):
    """What a module says of itself, read without importing it."""

    words: str
    classes: dict[str, Class]
    functions: dict[str, str]
    constants: dict[str, str]

    @classmethod
    def of(cls, path: Path) -> "Said":
        """Read a file."""
        tree = ast.parse(path.read_text(encoding="utf-8"))
        inside = [node for node in tree.body if isinstance(node, ast.ClassDef)]
        functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
        return cls(
            words=ast.get_docstring(tree) or "",
            classes={node.name: _class(node) for node in inside},
            functions={node.name: ast.get_docstring(node) or "" for node in functions},
            constants={field.name: field.words for field in _fields(tree.body)},
        )


def _class(node: ast.ClassDef) -> Class:
    methods = [inner for inner in node.body if isinstance(inner, ast.FunctionDef)]
    return Class(
        words=ast.get_docstring(node) or "",
        fields=list(_fields(node.body)),
        properties={inner.name: ast.get_docstring(inner) or "" for inner in methods if not inner.name.startswith("_")},
    )


def _fields(body: list[ast.stmt]) -> Iterator[Field]:
    """Yield what is declared, each with the string that stands under it."""
    for node, after in zip(body, [*body[1:], None], strict=True):
        target = node.target if isinstance(node, ast.AnnAssign) else None
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = node.targets[0]
        if isinstance(target, ast.Name):
            kind = ast.unparse(node.annotation) if isinstance(node, ast.AnnAssign) else ""
            is_said = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            words = cleandoc(str(after.value.value)) if is_said else ""  # type: ignore[union-attr]  # just asked
            yield Field(target.id, kind, words)


KINDS = {
    "Ablations": "object",
    "Config": "object",
    "Value": "true or false, number or text",
    "bool": "true or false",
    "dict[str, Any]": "object",
    "dict[str, float]": "object of numbers",
    "dict[str, str]": "object of texts",
    "float": "number",
    "int": "whole number",
    "str": "text",
    "tuple[float, ...]": "array of numbers",
    "tuple[str, ...]": "array of texts",
    "tuple[tuple[float, ...], ...]": "array of arrays of numbers",
}
"""How JSON calls what a field holds."""


def _field(field: Field) -> str:
    words = f". {field.words}" if field.words else ""
    return f"- `{field.name}`, {KINDS[field.kind]}{words}".replace("\n\n", " ").replace("\n", " ")


# Files


def files() -> str:
    """Return a page of what lies where, and in which form."""
    lines = ["# Files", "", MADE, *_home(), *_run(), *_checkpoint()]
    for title, module in (("Frames", "frames"), ("The trash", "trash"), ("Prepared texts", "prepared")):
        lines += ["", f"## {title}", "", *_prose(Said.of(CORE / f"{module}.py").words)]
    transcripts = Said.of(APP / "talk" / "transcripts.py")
    lines += ["", "## Conversations", "", *_prose(transcripts.words), f"`format`: {transcripts.constants['FORMAT']}"]
    lines += ["", "## Preferences", "", *_prose(Said.of(APP / "personal" / "preferences.py").words)]
    lines += ["", "`gpt2mini-tui config path` says where they lie."]
    return _page([line.replace("`LIMIT` bytes", f"{LIMIT // 2**20} MiB") for line in lines])


def _home() -> Iterator[str]:
    paths = Said.of(CORE / "paths.py")
    order = paths.functions["find_home"].partition("\n")[0].replace("Return the home: the explicit one", "`--home`")
    yield from (
        "",
        "## The home",
        "",
        "Everything that the lab writes lies in one folder, whatever the current one is:",
    )
    yield from (f"{order} `gpt2mini-tui where` prints it, and each of these:", "")
    yield from (f"- {name}: {words}" for name, words in paths.classes["Home"].properties.items())


def _run() -> Iterator[str]:
    runs, manifest, labels = (Said.of(CORE / f"{name}.py") for name in ("runs", "manifest", "labels"))
    yield from ("", "## A run", "", *_prose(runs.words.partition("\n\n")[2]), "")
    yield from ("`run.json` holds `format`, 1, and", "")
    yield from (_field(field) for field in manifest.classes["Manifest"].fields)
    yield from ("", f"`format`: {manifest.constants['FORMAT']}", "")
    yield from (f"`events.jsonl`: {Said.of(CORE / 'eventlog.py').words} [The events](events.md).", "")
    yield f"`{FILE}`: {labels.words}"


def _checkpoint() -> Iterator[str]:
    about, entries = Said.of(CORE / "checkpoint.py"), Said.of(CORE / "entries.py")
    yield from ("", "## A checkpoint", "", *_prose(about.words), "")
    yield from (f"`state.json` holds {', '.join(f'`{key}`' for key in _state_keys())}.", "")
    yield from (f"- `{name}`: {entries.constants[name.upper()]}" for name in (PINNED, LABEL))


def _state_keys() -> list[str]:
    """Return what `save_checkpoint` writes into state.json."""
    tree = ast.parse((CORE / "checkpoint.py").read_text(encoding="utf-8"))
    save = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "save_checkpoint")
    for node in ast.walk(save):
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Dict)
            and ast.unparse(node.targets[0]) == "state"
        ):
            return [str(ast.literal_eval(key)) for key in node.value.keys if key is not None]
    raise LookupError("save_checkpoint writes no state")


def _prose(docstring: str) -> Iterator[str]:
    """Yield the lines of a docstring as Markdown: paragraphs that are set off, or name a path, become blocks."""
    for place, part in enumerate(re.split(r"\n\n+", docstring)):
        lines = part.splitlines()
        is_block = lines[0].startswith(("    ", "<"))
        yield from [""] if place else []
        yield from ["```text", *(line.removeprefix("    ") for line in lines), "```"] if is_block else lines


# Exit codes


def exit_codes() -> str:
    """Return a page of every exit code and what it means."""
    about = Said.of(CORE / "errors.py")
    words = {field.name: field.words for field in about.classes["ExitCode"].fields if field.words}
    for name, kind in _errors().items():
        words[kind] = " ".join(filter(None, (words.get(kind, ""), about.classes[name].words)))
    lines = ["# Exit codes", "", MADE, "", about.words, "", "| code | name | what happened |", "|---:|---|---|"]
    lines += [f"| {code.value} | {code.name.lower().replace('_', ' ')} | {words[code.name]} |" for code in ExitCode]
    lines += ["", "An error is one line on standard error, `error: what (where): why. What to do.`"]
    return _page(lines)


def _errors() -> Mapping[str, str]:
    """Return the name of the exit code of every error that has one of its own."""
    from gpt2mini import errors

    kinds = {name: getattr(errors, name) for name in errors.__all__ if name.endswith("Error") and name != "LabError"}
    return {name: kind.code.name for name, kind in kinds.items()}


# All of them

REFERENCE: dict[str, Callable[[], str]] = {
    "commands.md": commands,
    "events.md": events,
    "files.md": files,
    "exit-codes.md": exit_codes,
}
"""By the name of the page."""


def _page(lines: list[str]) -> str:
    return "\n".join(lines).rstrip() + "\n"


def main() -> int:
    """Write every page, and say what changed."""
    PAGES.mkdir(exist_ok=True)
    for name, make in REFERENCE.items():
        path, page = PAGES / name, make()
        is_old = not path.exists() or path.read_text(encoding="utf-8") != page
        path.write_text(page, encoding="utf-8")
        print(f"{name}: {'renewed' if is_old else 'as it was'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
