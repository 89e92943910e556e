"""The printed page: the same words as the HTML, on as many sheets as are meant."""

import subprocess
import sys
from dataclasses import replace

import pytest
from report_samples import analysis, leg, page, two_legs

from anklet.errors import DataError
from anklet.report import pdf as module
from anklet.report import render_pdf
from anklet.report.words import verdict_sentence


def run(*command, data):
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout.decode()


def words_of(data, *options):
    """The words of a PDF in reading order (pdftotext of poppler-utils, which CI installs)."""
    return " ".join(run("pdftotext", *options, "-", "-", data=data).split())


def facts_of(data):
    lines = run("pdfinfo", "-", data=data).splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)


@pytest.fixture(scope="module")
def printed():
    return render_pdf(page())


@pytest.mark.parametrize(("paper", "size"), [("A4", "595.276 x 841.89"), ("Letter", "612 x 792")])
def test_the_first_page_is_one_sheet_and_every_rep_follows(paper, size):
    facts = facts_of(render_pdf(page(), paper))
    assert facts["Page size"].strip().startswith(size)
    assert int(facts["Pages"]) == 3
    alone = render_pdf(page(every_rep=False), paper)
    assert int(facts_of(alone)["Pages"]) == 1
    assert "Not a medical device; not a diagnosis." in words_of(alone)


def test_it_says_what_the_html_says(printed):
    first = words_of(printed, "-l", "1", "-raw")
    for part in (
        "K-014",
        verdict_sentence(two_legs()),
        "right ●",
        "Rising beyond measurement error: +0.75 deg a week",
        "time within the rep, %",
        "6,730 of 6,760 samples",
        "Anklet 0.1.0, algorithm 3; input 3f9a12c0",
    ):
        assert part in first, part
    assert facts_of(printed)["Title"].strip() == "K-014 · 14 Apr 2026"
    assert "Every rep" in words_of(printed, "-f", "2", "-raw")


def test_figures_are_drawn_in_their_colours_and_in_one_typeface(printed):
    fonts = run("pdffonts", "-", data=printed).splitlines()[2:]
    families = {line.split()[0].split("+")[1].replace("-Bold", "") for line in fonts}
    assert len(families) == 1
    import io

    from PIL import Image  # comes with matplotlib

    png = subprocess.run(
        ["pdftoppm", "-png", "-r", "40", "-l", "1", "-"],
        input=printed,
        capture_output=True,
        check=True,
    ).stdout
    colours = {c for _, c in Image.open(io.BytesIO(png)).convert("RGB").getcolors(1 << 20)}
    for wanted in ((0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00)):
        assert min(sum(abs(a - b) for a, b in zip(c, wanted, strict=True)) for c in colours) < 30


@pytest.mark.parametrize(
    "of",
    [
        analysis(leg("left", 26.0)),
        analysis(leg("left", 26.0, zero="none"), leg("right", 22.0, zero="none")),
        two_legs(reject_all=True),
    ],
)
def test_odd_visits_fit_on_a_sheet_too(of):
    assert int(facts_of(render_pdf(page(of, every_rep=False)))["Pages"]) == 1


def test_a_simulated_set_says_so_and_what_was_said_is_there():
    said = words_of(render_pdf(page(simulated=True, every_rep=False)))
    for words in (
        "Simulated sensors: nobody was measured",
        "left 2 before, 3 after",
        "tactile cue",
    ):
        assert words in said


def test_what_a_person_wrote_is_text_and_fetches_nothing():
    hostile = '<img src="http://127.0.0.1:9/x.png"><script>alert(1)</script>'
    data = render_pdf(replace(page(every_rep=False), notes=hostile))
    assert hostile.replace(" ", "") in words_of(data).replace(" ", "")
    with pytest.raises(ValueError, match="asks for nothing"):
        module._refuse("http://127.0.0.1:9/x.png")


def test_without_weasyprint(monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(DataError, match=r"pip install 'anklet\[pdf\]'"):
        render_pdf(page())


def test_without_pango(monkeypatch):
    def import_module(_name):
        raise OSError("cannot load library 'libpango-1.0-0'")

    monkeypatch.setattr(module, "import_module", import_module)
    with pytest.raises(DataError, match="needs the Pango library"):
        render_pdf(page())
