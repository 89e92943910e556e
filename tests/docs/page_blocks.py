"""The documents as the tests read them: blocks of code, and what is said of how to try them.

Before a block a comment may say what a test cannot do as it stands:

``<!-- run with: OPTIONS -->``
    its commands are run with these options added (simulated sensors in place of real ones);
``<!-- checked only: REASON -->``
    its commands are not run, since they need a thing that a test has not; that they and their
    options exist is checked all the same.
"""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = (
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "hardware").glob("*.md")),
)
FENCE = re.compile(
    r"((?:^ *<!--(?:(?!-->).)*-->\n)*)^( *)```([^\n]*)\n(.*?)^\2```$", re.MULTILINE | re.DOTALL
)
NO_COMMANDS = (["anklet", "host"], ["anklet", "sensor"])
"""Texts of the protocol's proofs."""
SAID = re.compile(r"<!-- (run with|checked only): (.*?) -->", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A block of code, and the comments before it as pairs of kind and text."""

    page: Path
    line: int
    language: str
    text: str
    said: dict[str, str]

    @property
    def where(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def lines(self) -> list[str]:
        """Its lines without continuations and comments."""
        joined = (line.partition("  #")[0].strip() for line in _joined(self.text))
        return [line for line in joined if line and not line.startswith("#")]


def blocks(page: Path, language: str | None = None) -> list[Block]:
    text = page.read_text("utf-8")
    found = [
        Block(
            page,
            text.count("\n", 0, match.start(3)) + 1,
            match[3].strip(),
            re.sub(rf"^{match[2]}", "", match[4], flags=re.MULTILINE),
            dict(SAID.findall(match[1])),
        )
        for match in FENCE.finditer(text)
    ]
    return [block for block in found if language in (None, block.language)]


def commands(block: Block) -> list[list[str]]:
    """Every command of a block, in words, programs without the folder that they are in."""
    found: list[list[str]] = []
    for line in block.lines:
        for part in line.split(" && "):
            words = shlex.split(part)
            while re.fullmatch(r"[A-Z_]+=.*", words[0]):
                words.pop(0)
            program, *arguments = words
            found.append([program.rpartition("/")[2], *arguments])
    return found


def inline_commands(page: Path) -> list[list[str]]:
    """Commands within the text, as ``anklet trend --person CODE``."""
    prose = FENCE.sub("", page.read_text("utf-8"))
    spans = re.findall(r"`(anklet [a-z][^`]*)`", prose)
    found = [shlex.split(" ".join(span.split())) for span in spans]
    return [words for words in found if words not in NO_COMMANDS]


def _joined(text: str) -> list[str]:
    return text.replace("\\\n", " ").splitlines()
