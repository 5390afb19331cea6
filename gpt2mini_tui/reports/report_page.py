"""Experiments as one HTML file: tables, curves, findings, samples and commands. It loads nothing from anywhere."""

from collections.abc import Sequence
from html import escape

from gpt2mini.experiments.findings import Row
from gpt2mini_tui import words
from gpt2mini_tui.charts.svg_chart import svg_chart
from gpt2mini_tui.reports.curves import losses
from gpt2mini_tui.reports.results import Result, command, fitting
from gpt2mini_tui.safe import safe

__all__ = ["page", "report_page"]

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:1080px;margin:2em auto;padding:0 1em;color:#222}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:14px}
th,td{padding:.25em .6em;border-bottom:1px solid #ddd;text-align:right;white-space:nowrap}
th:first-child,td:first-child,th:last-child,td:last-child{text-align:left}
pre{background:#f6f6f6;padding:.8em;overflow-x:auto;white-space:pre-wrap}svg{width:100%;height:auto}
@media (prefers-color-scheme:dark){body{background:#fff}}
"""


def report_page(results: Sequence[Result], *, title: str, asked: str, extra: Sequence[str] = ()) -> str:
    """Return the page; `asked` is the command that makes it again, `extra` are pictures as SVG that come first."""
    body = [f"<h1>{_shown(title)}</h1>", f"<p>Made by</p><pre>{_shown(asked)}</pre>", *extra]
    for result in results:
        body += _section(result)
    return page(body, title=title)


def page(body: Sequence[str], *, title: str) -> str:
    """Return a whole HTML page around its body, which is HTML already."""
    head = f'<meta charset="utf-8"><title>{_shown(title)}</title><style>{_STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n' + "\n".join(body) + "\n</body></html>\n"


def _section(result: Result) -> list[str]:
    seeds = words.count(len(result.seeds), "seed")
    parts = [
        f"<h2>{_shown(result.title)}</h2>",
        f"<p>Text: {_shown(result.corpus)}; {seeds}; losses in nats/token.</p>",
    ]
    parts += [_table(result.rows), "<ul>", *(f"<li>{_shown(row.finding.text)}</li>" for row in result.rows), "</ul>"]
    if any(row.runs[0].vals for row in result.rows):
        parts += ["<h3>Validation loss</h3>", svg_chart(losses(result.rows, held_back=True))]
    parts += ["<h3>Training loss, smoothed</h3>", svg_chart(losses(result.rows, held_back=False))]
    samples = [(row.label, row.runs[0].sample) for row in result.rows if row.runs[0].sample]
    if samples:
        parts.append("<h3>Samples at the end</h3>")
        parts += [f"<p>{_shown(label)}</p><pre>{_shown(text)}</pre>" for label, text in samples]
    parts += ["<h3>Each arm again</h3>", "<pre>", *(_shown(command(arm)) for arm in result.arms), "</pre>"]
    return parts


def _table(rows: Sequence[Row]) -> str:
    headers, shown = fitting(rows, None)
    lines = ["<table>", "<tr>" + "".join(f"<th>{_shown(name)}</th>" for name in headers) + "</tr>"]
    lines += ["<tr>" + "".join(f"<td>{_shown(cell)}</td>" for cell in row) + "</tr>" for row in shown]
    return "\n".join([*lines, "</table>"])


def _shown(text: str) -> str:
    return escape(safe(text, lines=True))
