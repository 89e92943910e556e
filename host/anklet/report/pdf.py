"""The report as PDF: the same page and figures as the HTML."""

import re
from importlib import import_module
from typing import Any, Literal, NoReturn

from anklet.errors import DataError
from anklet.report.page import ReportPage, render_report
from anklet.report.style import FONT_STACK

Paper = Literal["A4", "Letter"]

PRINT_FONTS = "Arial, Helvetica, sans-serif"
"""For the text of figures: WeasyPrint reads no quoted names there."""


def render_pdf(page: ReportPage, paper: Paper = "A4") -> bytes:
    """Return the report as a PDF file; nothing is asked of the network.

    Parameters
    ----------
    page : ReportPage
    paper : str
        A4 or Letter; page 1 fits on either.

    Raises
    ------
    DataError
        When WeasyPrint, or the Pango library that it draws text with, is not installed.
    """
    weasyprint = _weasyprint()
    document = weasyprint.HTML(string=_printable(render_report(page)), url_fetcher=_refuse)
    sheet = weasyprint.CSS(string=f"@page {{ size: {paper} }}")
    return bytes(document.write_pdf(stylesheets=[sheet]))


def _weasyprint() -> Any:
    try:
        return import_module("weasyprint")
    except ImportError as error:
        raise DataError(
            "A PDF needs WeasyPrint, which is not installed: pip install 'anklet[pdf]', or choose "
            "a name that ends in .html and print it from a browser."
        ) from error
    except OSError as error:  # its native library
        raise DataError(
            "A PDF needs the Pango library, which is not installed (Debian: apt install "
            "libpangoft2-1.0-0); or choose a name that ends in .html and print it from a browser."
        ) from error


def _printable(html: str) -> str:
    """Put plain values where a figure has CSS variables, which WeasyPrint knows in HTML only."""
    html = re.sub(r"var\(--[a-z-]+, (#[0-9a-f]{6})\)", r"\1", html)
    return html.replace(FONT_STACK, PRINT_FONTS)


def _refuse(url: str, *_: Any, **__: Any) -> NoReturn:
    raise ValueError(f"a report asks for nothing: {url}")
