"""Print, write or check the generated parts of docs/validation.md and its figures.

``--write`` puts them into the page and docs/images; ``--check`` fails when the page's structure or
its cheap sections are not current; ``--only TOPIC`` leaves the other topics as they are; ``--full``
runs the whole statistics. Needs the extra ``validation``, and ANKLET_REALDATA set to the folder of
real recordings (not part of the project).

A topic is a module here with ``section(*, full) -> str``; it may have ``summary(*, full) -> str``
and ``figures(*, full)``, a dict of file name to figure. Its parts stand in the page between
``<!-- generated: TOPIC -->`` (or ``TOPIC summary``) and ``<!-- end: TOPIC -->``.
"""

import argparse
import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType

sys.path.insert(0, str(Path(__file__).parents[1]))
from anklet.report.style import save_figure

TOPICS = (
    *("realdata", "simulated", "calibration", "contact", "protocols", "coverage"),
    *("peers", "sensitivity"),
)
"""In the order in which they run; a new topic is a name here and its markers in the page."""
CHEAP = ("realdata",)
"""Topics that take seconds: ``--check`` runs them anew where the recordings are at hand."""
DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "validation.md"
IMAGES = DOCS / "images"
PARTS = ("section", "summary")
MARK = re.compile(r"<!-- generated: ([a-z ]+) -->\n(.*?)<!-- end: \1 -->", re.DOTALL)


def topic(name: str) -> ModuleType:
    """The module of a topic."""
    return import_module(f"validation.{name}")


def mark(name: str, part: str) -> str:
    """What the markers of a topic's part are called."""
    return name if part == "section" else f"{name} {part}"


def parts(name: str, *, full: bool) -> dict[str, str]:
    """The generated texts of a topic by their marks."""
    module = topic(name)
    made = {p: getattr(module, p)(full=full) for p in PARTS if hasattr(module, p)}
    return {mark(name, part): text for part, text in made.items()}


def put(page: str, texts: dict[str, str]) -> str:
    """The page with these parts made anew; what lies between other marks stays."""

    def filled(found: re.Match[str]) -> str:
        name, old = found.groups()
        new = f"\n{texts[name]}\n\n" if name in texts else old
        return f"<!-- generated: {name} -->\n{new}<!-- end: {name} -->"

    return MARK.sub(filled, page)


def faults(page: str, images: Sequence[str]) -> Iterator[str]:
    """What is wrong with the structure of a page and its images, a sentence each."""
    held = dict(MARK.findall(page))
    wanted = {mark(t, p) for t in TOPICS for p in PARTS if hasattr(topic(t), p)}
    for name in sorted(wanted):
        if page.count(f"<!-- generated: {name} -->") != 1 or name not in held:
            yield f"it must hold <!-- generated: {name} --> and <!-- end: {name} --> once"
        elif not held[name].strip():
            yield f"the part {name!r} is empty: run with --write --only {name.split()[0]}"
    for name in sorted(set(re.findall("<!-- generated: (.*?) -->", page)) - wanted):
        yield f"nothing makes its part {name!r}"
    shown = set(re.findall(r"\]\(images/(validation-[a-z-]+\.svg)\)", page))
    for image in sorted(shown ^ set(images)):
        yield f"docs/images/{image} is " + ("missing" if image in shown else "not shown in it")


def stale(page: str) -> Iterator[str]:
    """Which cheap topics print something else than the page holds."""
    for name in CHEAP:
        if put(page, parts(name, full=False)) != page:
            yield f"its part {name!r} is not current: run with --write --only {name}"


def own_images() -> list[str]:
    """Names of this page's images."""
    return [path.name for path in IMAGES.glob("validation-*.svg")]


def check(*, cheap: bool) -> int:
    """Say what is wrong with the page, its cheap topics included; 1 when something is."""
    page = PAGE.read_text("utf-8")
    wrong = list(faults(page, own_images()))
    if cheap and "ANKLET_REALDATA" in os.environ:
        wrong += stale(page)
    elif cheap:
        print(f"ANKLET_REALDATA is not set: not run anew: {', '.join(CHEAP)}")
    for what in wrong:
        print(f"docs/validation.md: {what}", file=sys.stderr)
    return 1 if wrong else 0


def main() -> int:
    """Do what the options say."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--write", action="store_true", help="write the page and its figures")
    parser.add_argument("--check", action="store_true", help="exit 1 when the page is not current")
    parser.add_argument("--only", choices=TOPICS, action="append", help="this topic (repeatable)")
    parser.add_argument("--full", action="store_true", help="the whole statistics")
    wanted = parser.parse_args()
    if wanted.check:
        return check(cheap=True)
    for name in wanted.only or TOPICS:
        start_s = time.monotonic()
        print(f"{name} ...", file=sys.stderr, flush=True)
        made = parts(name, full=wanted.full)
        if wanted.write:
            PAGE.write_text(put(PAGE.read_text("utf-8"), made), "utf-8")
            drawn = getattr(topic(name), "figures", None)
            for file, figure in (drawn(full=wanted.full) if drawn else {}).items():
                save_figure(figure, IMAGES / f"{file}.svg")
        else:
            print("\n\n".join(made.values()), end="\n\n")
        print(f"{name}: {time.monotonic() - start_s:.0f} s", file=sys.stderr, flush=True)
    return check(cheap=False) if wanted.write else 0


if __name__ == "__main__":
    sys.exit(main())
