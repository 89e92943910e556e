"""The Python examples run, page by page from top to bottom, and print what the pages say.

``python tests/docs/test_python.py`` puts what they print into the pages.
"""

import contextlib
import io
import os
import tempfile
from itertools import pairwise

import pytest
from page_blocks import PAGES, ROOT, blocks

PAGES_WITH_PYTHON = [page for page in PAGES if blocks(page, "python")]


@pytest.mark.parametrize("page", PAGES_WITH_PYTHON, ids=lambda p: str(p.relative_to(ROOT)))
def test_examples_print_what_the_page_says(page, page_folder):
    for block, printed, said in run(page):
        assert said is None or printed == said.text, block.where
        assert printed.strip(), f"{block.where} prints nothing"


def run(page):
    """Run a page's examples: each with what it printed, and the block that says so, if any."""
    namespace = {}
    for block, after in pairwise([*blocks(page), None]):
        if block.language != "python":
            continue
        written = io.StringIO()
        with contextlib.redirect_stdout(written):
            exec(compile("\n" * block.line + block.text, str(page), "exec"), namespace)
        said = after if after is not None and after.language == "text" else None
        yield block, written.getvalue(), said


def write():
    """Put what the examples print into docs/python.md."""
    page = ROOT / "docs" / "python.md"
    parts = page.read_text("utf-8").split("```text\n")
    for k, (_, printed, _) in enumerate(list(run(page)), 1):
        parts[k] = printed + "```" + parts[k].partition("```")[2]
    page.write_text("```text\n".join(parts), "utf-8")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        write()
