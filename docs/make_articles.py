"""Puts into the articles what they quote: code from `model.py`, commands, and the figures that these printed.

    python docs/make_articles.py            runs the experiments, records their figures, renews the articles
    python docs/make_articles.py --quote    only renews the articles from the recorded figures and the code

In an article `<!-- code: NAME -->` or `<!-- figures: NAME -->` opens a passage that this program owns, and
`<!-- end -->` closes it. Figures are recorded as they were printed and shown to as many digits as hold elsewhere: other
processors round otherwise, and a run of some hundred steps magnifies that. NEARLY says by how much they may differ.
"""

import argparse
import ast
import json
import math
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent, wrap
from typing import Any

from gpt2mini_tui.words import reference

ROOT = Path(__file__).resolve().parents[1]
ARTICLES = ROOT / "docs" / "articles"
RECORD = ARTICLES / "figures.json"
CORE = ROOT / "core" / "gpt2mini"
PASSAGE = re.compile(r"(<!-- (code|figures): ([^>\n]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
WIDTH = 70
"""Columns of a block of code in the Learn place of a terminal of 80."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A command, and what the table below it shows of what the command printed."""

    command: str
    columns: tuple[str, ...]
    rows: Callable[[Any], list[Row]]
    """From the JSON of the command to the rows of the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """How a number is headed, and written."""

    english: str
    japanese: str
    write: Callable[[Any], str]


def of_arms(printed: Any) -> list[Row]:
    """Return the arms of an experiment, whether `ablate`, `sweep` or `learn run` printed it: seed 0 of each."""
    experiment = printed["experiments"][0] if "experiments" in printed else printed
    arms = [{**arm["runs"][0], "arm": arm["label"]} for arm in experiment["arms"]]
    return [{**arm, "delta": _less(arm, arms[0]), "gradients": _ratio(arm)} for arm in arms]


def of_lines(printed: Any) -> list[Row]:
    """Return the reference lines of a text."""
    return [{"line": name, "nats": value} for name, value in printed["references"].items()]


def _less(arm: Row, baseline: Row) -> float | None:
    return None if arm is baseline or None in (arm["val"], baseline["val"]) else arm["val"] - baseline["val"]


def _ratio(arm: Row) -> float | None:
    first, last = arm["block_grad_first"], arm["block_grad_last"]
    return first / last if first and last else None


def nats(value: float) -> str:
    """Return a loss to two digits."""
    return f"{value:.2f}"


def power(value: float) -> str:
    """Return a ratio to its power of ten, once that is what matters."""
    return f"{value:.1f}" if value >= 0.05 else f"10{str(round(math.log10(value))).translate(_RAISED)}"


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

COLUMNS = {
    "arm": Column(english="arm", japanese="条件", write=str),
    "line": Column(english="line", japanese="基準線", write=reference),
    "nats": Column(english="nats per token", japanese="nats/トークン", write=nats),
    "val": Column(english="validation loss", japanese="検証損失", write=nats),
    "delta": Column(english="difference", japanese="差", write="{:+.2f}".format),
    "initial": Column(english="first loss", japanese="最初の損失", write=nats),
    "token_cosine": Column(english="token cosine", japanese="トークン間コサイン", write=nats),
    "gradients": Column(english="first / last gradient", japanese="勾配(最初/最後)", write=power),
    "max_grad_norm": Column(english="largest gradient norm", japanese="最大勾配ノルム", write="{:.0f}".format),
    "parameters": Column(english="parameters", japanese="パラメータ数", write="{:,}".format),
    "passed": Column(english="last line passed", japanese="下回った線", write=reference),
}

WORDS = {
    "baseline": "ベースライン",
    "no residual": "残差接続なし",
    "no attention": "自己注意なし",
    "no mlp": "MLPなし",
    "activation identity": "活性化が恒等写像",
    "activation relu": "活性化がReLU",
    "activation gelu_tanh": "活性化がGELUの近似",
    "no position embedding": "位置埋め込みなし",
    "no causal mask": "因果マスクなし",
    "ln style post": "Post-LN",
    "ln style none": "LayerNormなし",
    "spread 0.02": "標準偏差 0.02",
    "spread 1": "標準偏差 1",
    "guessing": "当て推量(guessing)",
    "floor": "真のエントロピー",
}
"""What stands in a table and is said otherwise in Japanese."""

_SHALLOW = "--n-layer 2 --block-size 32 --dropout 0"
_DEEP = "--n-embd 32 --block-size 32 --batch-size 8 --dropout 0 --steps 200"
_LOSSES = ("arm", "val", "delta", "passed")

FIGURES = {
    "lines": Figures(command="gpt2mini-tui data show tales", columns=("line", "nats"), rows=of_lines),
    "initial loss": Figures(
        command="gpt2mini-tui learn run initial-loss", columns=("arm", "initial", "val"), rows=of_arms
    ),
    "position": Figures(
        command=f"gpt2mini-tui ablate position-embedding {_SHALLOW} --steps 400", columns=_LOSSES, rows=of_arms
    ),
    "attention, early": Figures(
        command=f"gpt2mini-tui ablate attention {_SHALLOW} --steps 100", columns=_LOSSES, rows=of_arms
    ),
    "attention": Figures(
        command=f"gpt2mini-tui ablate attention {_SHALLOW} --steps 400", columns=_LOSSES, rows=of_arms
    ),
    "mask": Figures(
        command="gpt2mini-tui ablate causal-mask --n-layer 2 --n-embd 48 --block-size 8 --batch-size 32 --dropout 0 "
        "--steps 400",
        columns=_LOSSES,
        rows=of_arms,
    ),
    "mlp": Figures(
        command=f"gpt2mini-tui ablate mlp activation=identity {_SHALLOW} --steps 400", columns=_LOSSES, rows=of_arms
    ),
    "residual": Figures(
        command=f"gpt2mini-tui ablate residual {_DEEP}",
        columns=("arm", "val", "passed", "token_cosine", "gradients"),
        rows=of_arms,
    ),
    "norm": Figures(
        command=f"gpt2mini-tui ablate ln-style {_DEEP}",
        columns=("arm", "val", "passed", "token_cosine", "gradients"),
        rows=of_arms,
    ),
    "norm, patient": Figures(
        command=f"gpt2mini-tui ablate ln-style {_DEEP} --warmup 100",
        columns=("arm", "val", "passed", "token_cosine", "gradients"),
        rows=of_arms,
    ),
    "learning rate": Figures(
        command="gpt2mini-tui learn run learning-rate-cliff", columns=("arm", "val", "delta"), rows=of_arms
    ),
    "activation": Figures(
        command=f"gpt2mini-tui ablate activation {_SHALLOW} --steps 400", columns=("arm", "val", "delta"), rows=of_arms
    ),
    "scale": Figures(
        command="gpt2mini-tui scale --sizes 1x16,2x32,2x64 --block-size 32 --dropout 0 --steps 400",
        columns=("arm", "parameters", "val", "passed"),
        rows=of_arms,
    ),
}


# Passages


def renewed(text: str, record: Mapping[str, Any], *, is_japanese: bool) -> str:
    """Return an article with every passage as the code and the record have it; raises LookupError for another."""

    def passage(found: re.Match[str]) -> str:
        opening, kind, name, _, end = found.groups()
        body = quoted(name) if kind == "code" else table(name, record, is_japanese=is_japanese)
        return f"{opening}{body}\n{end}"

    return PASSAGE.sub(passage, text)


def quoted(place: str) -> str:
    """Return a piece of the core, word for word but without indentation; raises LookupError if there is none.

    `Block.forward` is all of a class or a function of `model.py`, `Block.forward from if on.mlp` what follows from a
    line on, `schedule.learning_rate` a function of another module.
    """
    name, _, start = place.partition(" from ")
    module, *parts = name.split(".")
    if not (CORE / f"{module}.py").is_file():
        module, parts = "model", [module, *parts]
    source = (CORE / f"{module}.py").read_text(encoding="utf-8")
    inside: list[ast.stmt] = ast.parse(source).body
    for part in parts:
        found = [one for one in inside if isinstance(one, ast.FunctionDef | ast.ClassDef) and one.name == part]
        if not found:
            raise LookupError(f"{module}.py has no {name}")
        inside = found[0].body
    lines = source.splitlines()[found[0].lineno - 1 : found[0].end_lineno]
    at = [number for number, line in enumerate(lines) if line.strip().startswith(start)]
    if not at:
        raise LookupError(f"nothing in {name} begins with {start}")
    return "\n".join(["```python", *dedent("\n".join(lines[at[0] :])).splitlines(), "```"])


def in_lines(command: str) -> str:
    """Return a command in lines that are shown whole in a narrow terminal; an option stays with its value."""
    joined = re.sub(r"(--[\w-]+) (?!-)", r"\1\0", command)
    lines = wrap(joined, WIDTH - 2, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
    return " \\\n".join(lines).replace("\0", " ")


def table(name: str, record: Mapping[str, Any], *, is_japanese: bool) -> str:
    """Return a command, and under it what it printed."""
    figures = FIGURES[name]
    heads = [COLUMNS[column].japanese if is_japanese else COLUMNS[column].english for column in figures.columns]
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)]]
    for row in record[name]:
        cells = [shown(row, column) for column in figures.columns]
        lines.append([WORDS.get(cell, cell) if is_japanese else cell for cell in cells])
    body = [f"| {' | '.join(cells)} |" for cells in lines]
    return "\n".join(["```sh", in_lines(figures.command), "```", "", *body])


def shown(row: Row, column: str) -> str:
    """Return a number as it stands in a table."""
    value = row[column]
    return "–" if value is None else COLUMNS[column].write(value)


# Recording


def record_all(home: Path) -> dict[str, list[Row]]:
    """Run every command in one home, so that a run that two of them share is trained once."""
    return {name: list(_recorded(figures, home)) for name, figures in FIGURES.items()}


def _recorded(figures: Figures, home: Path) -> Iterator[Row]:
    """Run a command, and keep of what it printed what the table shows."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GPT2MINI_")}
    env = clean | {"GPT2MINI_HOME": str(home), "GPT2MINI_CONFIG": ""}
    words = [sys.executable, "-m", "gpt2mini_tui", *shlex.split(figures.command)[1:], "--json"]
    done = subprocess.run(words, cwd=home, env=env, stdout=subprocess.PIPE, text=True, check=True)
    for row in figures.rows(json.loads(done.stdout)):
        yield {column: _plain(row[column]) for column in figures.columns}


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value


def read_record() -> dict[str, list[Row]]:
    """Return the figures that were recorded last."""
    recorded: dict[str, list[Row]] = json.loads(RECORD.read_text(encoding="utf-8"))
    return recorded


def main() -> int:
    """Record, renew, say what changed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quote", action="store_true", help="train nothing, take the figures as they are recorded")
    parser.add_argument("--home", type=Path, metavar="DIR", help="keep the runs here, and go on with those that are")
    asked = parser.parse_args()
    if not asked.quote:
        with tempfile.TemporaryDirectory() as empty:
            recorded = record_all((asked.home or Path(empty)).resolve())
        RECORD.write_text(json.dumps(recorded, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    record = read_record()
    for path in sorted(ARTICLES.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        new = renewed(text, record, is_japanese=path.name.endswith(".ja.md"))
        path.write_text(new, encoding="utf-8")
        print(f"{path.name}: {'as it was' if new == text else 'renewed'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
