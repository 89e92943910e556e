"""Take pictures of every page, for the docs: ``python tests/app/screenshots.py [FOLDER]``.

Into docs/images (1440 x 900 light, and a tablet's 820 x 1180 dark); with a FOLDER all of it there,
in four forms: each size light and dark.
"""

import re
import shutil
import sys
import tempfile
from itertools import product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from flows import done, start, wait_for_reps
from playwright.sync_api import Page, sync_playwright

from anklet.store import Store
from anklet.visits.simulated_course import CODE, simulate_course
from conftest import CHROMIUM, Server

DOCS = Path(__file__).parents[2] / "docs" / "images"
SIZES = ((1440, 900), (820, 1180))
FACTOR = 2.0


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS
    forms = list(product(SIZES, ("light", "dark")))
    if folder == DOCS:
        forms = [(SIZES[0], "light"), (SIZES[1], "dark")]
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        course = Path(scratch) / "course.sqlite"
        with Store.open(str(course)) as store:
            simulate_course(store)
        for size, scheme in forms:
            plain = folder == DOCS and size == SIZES[0]
            ending = "" if plain else f"-{size[0]}-{scheme}"
            home = Path(scratch) / f"{size[0]}{scheme}"
            home.mkdir()
            held = home / "app.sqlite"
            shutil.copy(course, held)
            server = Server(held, home, FACTOR)
            try:
                with sync_playwright() as playwright:
                    path = shutil.which("chromium")
                    browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM)
                    context = browser.new_context(
                        viewport={"width": size[0], "height": size[1]}, color_scheme=scheme
                    )
                    page = context.new_page()
                    page.set_default_timeout(120_000)
                    page.goto(server.address)
                    _walk(page, lambda name, page=page, e=ending: _take(page, folder, name + e))
            finally:
                server.stop()


def _take(page: Page, folder: Path, name: str) -> None:
    page.wait_for_timeout(700)
    page.screenshot(path=folder / f"app-{name}.png")


def _walk(page: Page, take) -> None:
    page.get_by_role("link", name=re.compile(CODE)).wait_for()
    take("people")
    page.get_by_role("link", name=re.compile(CODE)).click()
    page.get_by_role("heading", name="Course").wait_for()
    take("person")
    page.get_by_role("button", name="New visit").click()
    page.get_by_label("Simulated sensors").check()
    page.get_by_label("Target from").fill("20")
    page.get_by_label("to, deg").fill("30")
    take("new-visit")
    page.get_by_role("button", name="Begin").click()
    page.get_by_role("list", name="Steps").wait_for()
    take("sensors")
    page.get_by_role("button", name="Next").first.click()
    start(page)
    page.get_by_text(re.compile("bend your knees slowly")).first.wait_for()
    page.wait_for_timeout(2500)
    take("calibrate")
    page.get_by_role("button", name="Accept, and go on").wait_for()
    take("calibrated")
    page.get_by_role("button", name="Accept, and go on").click()
    for side in ("left", "right"):
        page.get_by_role("button", name="Start").wait_for()
        start(page)
        wait_for_reps(page, 4, side)
        page.wait_for_timeout(700)
        if side == "right":
            take("live")
        wait_for_reps(page, 7, side)
        done(page)
        page.get_by_role("button", name="Go on").click()
    page.get_by_role("link", name="Open the report").wait_for()
    page.locator("summary").last.click()
    take("summary")


if __name__ == "__main__":
    main()
