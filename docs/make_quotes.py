"""Puts into README and CONTRIBUTING what they quote: code as the diff that would bring it, and measured tables.

    python docs/make_quotes.py

`<!-- diff: PATH: START -->` opens the statement of a file that begins with START
(the call, where that is an argument), `<!-- table: PATH: HEADING -->` the
first block under a heading; this program owns what follows, until `<!-- end -->`.
"""

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TEXTS = tuple(ROOT / name for name in ("README.md", "README.ja.md", "CONTRIBUTING.md"))
PASSAGE = re.compile(r"(<!-- (diff|table): (\S+): (.+?) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def renewed(text: str) -> str:
    """Return a text with every passage as the quoted files have it; raises LookupError for what is not there."""

    def passage(found: re.Match[str]) -> str:
        opening, kind, place, start, _, end = found.groups()
        quote = diff(place, start) if kind == "diff" else table(place, start)
        return f"{opening}{quote}\n{end}"

    return PASSAGE.sub(passage, text)


def diff(place: str, start: str) -> str:
    """Return a statement, or an entry of a table in the code, as a diff that adds it."""
    source = (ROOT / place).read_text(encoding="utf-8")
    lines = source.splitlines()
    at = [number for number, line in enumerate(lines, 1) if line.strip().startswith(start)]
    if len(at) != 1:
        raise LookupError(f"{len(at)} lines of {place} begin with {start}")
    first, last = _span(ast.parse(source), at[0])
    return "\n".join(["```diff", f"+++ {place}", *(f"+{line}" for line in lines[first - 1 : last]), "```"])


def _span(tree: ast.Module, at: int) -> tuple[int, int]:
    """Return the lines of what begins at a line: of a statement, an entry, a case; for a keyword, of its call."""
    last = at
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and any(keyword.lineno == at for keyword in node.keywords) and node.lineno != at:
            return node.lineno, node.end_lineno or at
        if isinstance(node, ast.stmt | ast.expr) and node.lineno == at:
            last = max(last, node.end_lineno or at)
        if isinstance(node, ast.match_case) and node.pattern.lineno == at:
            last = max(last, node.body[-1].end_lineno or at)
    return at, last


def table(place: str, heading: str) -> str:
    """Return the first block under a heading of another text."""
    section = (ROOT / place).read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    block = re.search(r"^```.*?^```$", section, re.MULTILINE | re.DOTALL)
    if block is None:
        raise LookupError(f"{place} shows nothing under {heading}")
    return block[0]


def main() -> int:
    """Renew every text, and say what changed."""
    for path in TEXTS:
        text = path.read_text(encoding="utf-8")
        new = renewed(text)
        path.write_text(new, encoding="utf-8")
        print(f"{path.name}: {'as it was' if new == text else 'renewed'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
