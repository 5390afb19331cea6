"""Curves between the lines of a command, drawn by the same code as in the app."""

from gpt2mini_tui.charts.figure import Picture

__all__ = ["drawn"]


def drawn(picture: Picture, width: int, height: int) -> list[str]:
    """Return the lines of a picture; later curves lie over earlier ones."""
    from gpt2mini_tui.charts.chart import Chart, Line, Options, Reference, render

    chart = Chart(
        lines=tuple(
            Line(points=curve.points, shape="dots" if curve.is_dots else "line", label=curve.label)
            for curve in picture.curves
        ),
        references=tuple(Reference(y=value, label=name) for name, value in picture.references),
    )
    options = Options(log_x=picture.log_x, log_y=picture.log_y, in_color=False, unit=picture.x_name)
    strips = render(chart, width, height, options)
    return ["".join(segment.text for segment in strip).rstrip() for strip in strips]
