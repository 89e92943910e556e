"""Figures and the printed page: model values in, SVG and one self-contained HTML file out."""

from anklet.report.figures import line_figure, overlay, trace
from anklet.report.leg import leg_drawing
from anklet.report.page import ReportPage, render_report
from anklet.report.pdf import Paper, render_pdf
from anklet.report.sides import sides
from anklet.report.style import colour_tokens, save_figure, svg
from anklet.report.trends import dots, trend

__all__ = [
    "Paper",
    "ReportPage",
    "colour_tokens",
    "dots",
    "leg_drawing",
    "line_figure",
    "overlay",
    "render_pdf",
    "render_report",
    "save_figure",
    "sides",
    "svg",
    "trace",
    "trend",
]
