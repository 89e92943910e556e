"""How it measures names files that exist, and the sources that the code names."""

import re

from page_blocks import ROOT

PAGE = (ROOT / "docs" / "measures.md").read_text("utf-8")
HOST = ROOT / "host" / "anklet"
CODE = "\n".join(path.read_text("utf-8") for path in HOST.rglob("*.py"))
DOI = re.compile(r"doi:(10\.\S+?)[,;:.)]*(?=\s|$)")
ONLY_HERE = {"10.1016/S0021-9290(01)00222-6"}
"""The ISB's frames, which no formula cites."""


def test_the_files_exist():
    named = set(re.findall(r"`((?:signals|measures|live)/\w+\.py)`", PAGE))
    assert len(named) > 15
    assert [name for name in named if not (HOST / name).exists()] == []


def test_its_sources_are_those_of_the_code():
    told = set(DOI.findall(PAGE))
    assert len(told) >= 6
    assert told - ONLY_HERE - set(DOI.findall(CODE)) == set()


def test_no_source_of_a_formula_is_left_out():
    floors = [*(HOST / "signals").glob("*.py"), *(HOST / "measures").glob("*.py")]
    cited = {doi for path in floors for doi in DOI.findall(path.read_text("utf-8"))}
    assert cited - set(DOI.findall(PAGE)) == set()
