"""The site is built without a network, leads everywhere it says, and asks for nothing elsewhere."""

import os
import posixpath
import re
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser

import pytest
from page_blocks import ROOT

import website

LOADING = {("script", "src"), ("link", "href"), ("img", "src"), ("iframe", "src")}
LOADING |= {("source", "src"), ("source", "srcset"), ("object", "data"), ("video", "src")}


class Page(HTMLParser):
    """Ids, links, and what is loaded."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.loaded, self.classes = Counter(), [], [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        held = dict(attrs)
        self.classes |= set((held.get("class") or "").split())
        if held.get("id"):
            self.ids[held["id"]] += 1
        if tag == "a" and held.get("href"):
            self.links.append(held["href"])
        for name, value in attrs:
            if (tag, name) in LOADING and value and held.get("rel") != "canonical":
                self.loaded.append(value)


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The site, built where every way out is closed."""
    out = tmp_path_factory.mktemp("site") / "site"
    nowhere = {f"{kind}_proxy": "http://127.0.0.1:9" for kind in ("http", "https", "all")}
    built = subprocess.run(
        [sys.executable, ROOT / "docs" / "website.py", out],
        capture_output=True,
        text=True,
        env={**os.environ, **nowhere},
    )
    assert built.returncode == 0, built.stderr
    return out


@pytest.fixture(scope="session")
def pages(site):
    return {
        path.relative_to(site).as_posix(): Page(path.read_text("utf-8"))
        for path in site.rglob("*.html")
        if "files" not in path.relative_to(site).parts
    }


def test_every_page_is_built_and_in_the_navigation(site, pages):
    wanted = {str(page).replace(".md", ".html") for page in website.PAGES.values()}
    assert wanted <= set(pages)
    text = (ROOT / "docs" / "zensical.toml").read_text()
    for page in website.PAGES.values():
        assert text.count(f'"{page}"') == 1, f"{page} stands once in the navigation"


def test_links_and_anchors_lead_somewhere(site, pages):
    assert len(pages) > 20
    for name, page in pages.items():
        for link in [*page.links, *page.loaded]:
            if re.match(r"[a-z]+:", link):
                continue
            target, _, anchor = link.partition("#")
            path = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
            path = name if not target else path
            if name == "404.html":
                path = path.lstrip("/")
            assert (site / path.partition("?")[0]).exists(), f"{name}: {link}"
            if anchor and path in pages:
                assert anchor in pages[path].ids, f"{name}: {link}"


def test_nothing_is_asked_of_another_computer(site, pages):
    for name, page in pages.items():
        away = [url for url in page.loaded if re.match(r"(https?:)?//", url)]
        assert away == [], name
        # the theme would fetch a script for these
        assert not page.classes & {"mermaid", "arithmatex", "glightbox"}, name
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(url\(['\"]?|@import ['\"])(https?:)?//", sheet.read_text("utf-8"))


def test_code_blocks_and_tables_came_through(pages, site):
    for name in pages:
        text = re.sub(
            r"<(pre|code)\b.*?</\1>", "", (site / name).read_text("utf-8"), flags=re.DOTALL
        )
        assert "```" not in text, name
        assert "|---" not in text, name
        assert "<!-- run with" not in text, name
        assert not re.search(r"\n\d+\. ", text), f"{name}: a list's item within a paragraph"


def test_blocks_within_lists_are_indented_enough_for_the_site():
    """Three spaces do in the repository; the site's Markdown wants four."""
    for source in website.PAGES:
        text = (ROOT / source).read_text("utf-8")
        assert not re.search(r"^ {1,3}(```|\||\d+\. )", text, re.MULTILINE), source


def test_a_link_that_leads_nowhere_ends_the_build(tmp_path, monkeypatch):
    monkeypatch.setattr(website, "PAGES", {"page.md": "page.md"})
    monkeypatch.setattr(website, "ROOT", tmp_path)
    (tmp_path / "page.md").write_text("[there](nowhere.md)\n")
    with pytest.raises(website.BrokenLinkError, match=r"page\.md links to nowhere\.md"):
        website.lay_out(tmp_path / "out")
