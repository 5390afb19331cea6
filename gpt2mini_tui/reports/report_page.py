"""Experiments as one HTML file: tables, curves, findings, samples and commands. It loads nothing from anywhere."""

from collections.abc import Iterator, Sequence
from html import escape

from gpt2mini_tui import words
from gpt2mini_tui.charts.svg_chart import svg_chart
from gpt2mini_tui.reports.curves import losses
from gpt2mini_tui.reports.results import Result, command, fitting
from gpt2mini_tui.safe import safe

__all__ = ["html_table", "page", "report_page", "shown"]

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:1080px;margin:2em auto;padding:0 1em;color:#222}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:14px}
th,td{padding:.25em .6em;border-bottom:1px solid #ddd;text-align:right;white-space:nowrap}
th:first-child,td:first-child,th:last-child,td:last-child{text-align:left}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1em 1em;font-size:13px;color:#555;max-width:820px}
dt{font-weight:bold}dd{margin:0}
pre{background:#f6f6f6;padding:.8em;overflow-x:auto;white-space:pre-wrap}svg{width:100%;height:auto}
@media (prefers-color-scheme:dark){body{background:#fff}}
"""


def report_page(results: Sequence[Result], *, title: str, asked: str, extra: Sequence[str] = ()) -> str:
    """Return the page; `asked` is the command that makes it again, `extra` are pictures as SVG that come first."""
    body = [f"<h1>{shown(title)}</h1>", f"<p>Made by</p><pre>{shown(asked)}</pre>", *extra]
    for result in results:
        body += _section(result)
    return page(body, title=title)


def page(body: Sequence[str], *, title: str) -> str:
    """Return a whole HTML page around its body, which is HTML already."""
    head = f'<meta charset="utf-8"><title>{shown(title)}</title><style>{_STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n' + "\n".join(body) + "\n</body></html>\n"


def _section(result: Result) -> list[str]:
    seeds = words.count(len(result.seeds), "seed")
    parts = [
        f"<h2>{shown(result.title)}</h2>",
        f"<p>Text: {shown(result.corpus)}; {seeds}; losses in nats/token.</p>",
    ]
    parts += html_table(*fitting(result.rows, None))
    parts += ["<ul>", *(f"<li>{shown(row.finding.text)}</li>" for row in result.rows), "</ul>"]
    if any(row.runs[0].vals for row in result.rows):
        parts += ["<h3>Validation loss</h3>", svg_chart(losses(result.rows, held_back=True))]
    parts += ["<h3>Training loss, smoothed</h3>", svg_chart(losses(result.rows, held_back=False))]
    samples = [(row.label, row.runs[0].sample) for row in result.rows if row.runs[0].sample]
    if samples:
        parts.append("<h3>Samples at the end</h3>")
        parts += [f"<p>{shown(label)}</p><pre>{shown(text)}</pre>" for label, text in samples]
    parts += ["<h3>Each arm again</h3>", "<pre>", *(shown(command(arm)) for arm in result.arms), "</pre>"]
    return parts


def html_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table of texts."""
    yield "<table>"
    yield "<tr>" + "".join(f"<th>{shown(head)}</th>" for head in heads) + "</tr>"
    for row in rows:
        yield "<tr>" + "".join(f"<td>{shown(cell)}</td>" for cell in row) + "</tr>"
    yield "</table>"


def shown(text: str) -> str:
    """Return a text of whatever origin as HTML that shows it and does nothing else."""
    return escape(safe(text, lines=True))
