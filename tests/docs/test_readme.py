"""What the README promises on its first screen, and facts that pages repeat."""

import re
import subprocess
import tomllib

from page_blocks import ROOT, blocks, commands

from anklet.exchange.columns import maker_map, maker_maps, map_from_dict

README = ROOT / "README.md"
TEXT = README.read_text("utf-8")
FIRST_SCREEN = TEXT.partition("\n## ")[0]
LARGEST_PICTURE = 400_000


def test_the_first_screen_shows_report_live_page_and_pod():
    pictures = re.findall(r"!\[([^\]]+)\]\(([^)]+)\)", FIRST_SCREEN)
    assert len(pictures) == 3
    for words, picture in pictures:
        assert len(words) > 20
        assert 1000 < (ROOT / picture).stat().st_size < LARGEST_PICTURE


def test_the_first_screen_has_the_two_commands():
    demo, tests = (commands(block) for block in blocks(README, "sh")[:2])
    assert [c[0] for c in demo] == ["python3", "pip", "anklet"]
    assert demo[-1] == ["anklet", "demo"]
    assert [c[0] for c in tests] == ["python3", "pip", "pytest"]


def test_ci_finds_the_test_command():
    line = r"s/^\(python3 -m venv .*pytest\)$/\1/p"
    assert line in (ROOT / ".ci" / "run").read_text()
    found = subprocess.run(["sed", "-n", line, README], capture_output=True, text=True, check=True)
    assert found.stdout.count("\n") == 1


def test_the_column_map_in_the_docs_is_the_one_that_ships():
    page = ROOT / "docs" / "files.md"
    (example,) = blocks(page, "toml")
    assert map_from_dict(tomllib.loads(example.text)) == maker_map("xsens-dot")
    for name in maker_maps():
        assert f"`{name}`" in page.read_text("utf-8")
