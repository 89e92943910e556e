"""Build the site: ``python docs/website.py [OUT]`` (OUT is ``build/site`` unless said).

Its pages are `PAGES`, which link one another as files of the repository do and so read as well
there. Here they are laid out in one folder, and the links follow: to other pages, or to the files
that are no pages (a drawing, a parts list, a schema), which come along. Needs no network, and
neither does the site; a link that leads nowhere ends the build.
"""

import os
import posixpath
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[1]
DOCS, OUT = ROOT / "docs", ROOT / "build" / "site"
PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changes.md",
    "hardware/README.md": "hardware/index.md",
    **{f"docs/{path.name}": path.name for path in sorted(DOCS.glob("*.md"))},
    **{
        f"hardware/{path.name}": f"hardware/{path.name}"
        for path in sorted((ROOT / "hardware").glob("*.md"))
        if path.name != "README.md"
    },
}
"""Where each page is in the repository, and where on the site."""
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
FENCED = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
TWO_WORDS = re.compile(r"\A( *```)[a-z]+ [a-z]+")
"""Names of languages that only our tests know; the generator takes one word."""
NOTE = re.compile(r"^ *<!--.*?-->\n", re.MULTILINE | re.DOTALL)


class BrokenLinkError(Exception):
    """A page that links to what is not there."""


def build(out: Path = OUT) -> None:
    """Build the site into a folder, which is made anew.

    Raises
    ------
    BrokenLinkError
        Naming page and target.
    subprocess.CalledProcessError
        When the generator complains; its output says of what.
    """
    with tempfile.TemporaryDirectory() as temporary:
        stage = Path(temporary)
        lay_out(stage / "pages")
        shutil.copy(DOCS / "site.css", stage / "pages")
        shutil.copy(DOCS / "images" / "icon.svg", stage / "pages")
        shutil.copy(DOCS / "zensical.toml", stage)
        generator = [sys.executable, "-m", "zensical", "build", "--strict", "--clean"]
        subprocess.run(generator, cwd=stage, check=True, capture_output=True, text=True)
        shutil.rmtree(out, ignore_errors=True)
        shutil.move(stage / "site", out)


def lay_out(pages: Path) -> None:
    """Copy the pages, and what they link to, into one folder."""
    for source, target in PAGES.items():
        path = pages / target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_moved((ROOT / source).read_text("utf-8"), source, pages), "utf-8")


def _moved(text: str, source: str, pages: Path) -> str:
    """Return a page's text with its links as they are on the site."""
    parts: list[str] = []
    end = 0
    for fence in FENCED.finditer(text):
        parts += [_prose(text[end : fence.start()], source, pages), TWO_WORDS.sub(r"\1", fence[0])]
        end = fence.end()
    return "".join([*parts, _prose(text[end:], source, pages)])


def _prose(text: str, source: str, pages: Path) -> str:
    return LINK.sub(lambda link: _link(link, source, pages), NOTE.sub("", text))


def _link(link: re.Match[str], source: str, pages: Path) -> str:
    image, words, target = link.groups()
    file, hash_, anchor = target.partition("#")
    if "://" in target or target.startswith("mailto:") or not file:
        return link[0]
    wanted = posixpath.normpath(posixpath.join(PurePosixPath(source).parent, file))
    if not (ROOT / wanted).exists():
        raise BrokenLinkError(f"{source} links to {target}, which is not there.")
    if (ROOT / wanted).is_dir():  # a site has no listing of a folder
        return _moved(words, source, pages)
    there = PAGES.get(wanted) or _brought(wanted, pages)
    back = os.path.relpath(there, PurePosixPath(PAGES[source]).parent).replace(os.sep, "/")
    return f"{image}[{_prose(words, source, pages)}]({back}{hash_}{anchor})"


def _brought(wanted: str, pages: Path) -> str:
    """Copy a file that is no page to the site; return where it is there."""
    there = f"files/{wanted}"
    (pages / there).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / wanted, pages / there)
    return there


def main() -> int:
    """Build the site, or say why it cannot be built."""
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else OUT
    try:
        build(out)
    except BrokenLinkError as error:
        print(error, file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(error.stdout, error.stderr, sep="\n", file=sys.stderr)
        return 1
    print(f"The site is in {out}; open {out / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
