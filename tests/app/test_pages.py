"""Pages by themselves: people, deletion, what users type, the keyboard, accessibility."""

import re

import pytest
from flows import add_person, begin_visit, start, to_the_first_leg, wait_for_reps
from playwright.sync_api import expect

HOSTILE = "<img src=x onerror=\"document.title='owned'\"> {{7*7}} </script><script>1"


def test_what_is_typed_stays_text(window):
    page = window()
    add_person(page, notes=HOSTILE)
    expect(page.get_by_text(HOSTILE)).to_be_visible()
    assert page.title() == "Person · Anklet"
    assert page.locator("main img").count() == 0


@pytest.mark.parametrize("code", ["two words", "", "x" * 33, "<b>", "Jane Doe"])
def test_a_code_that_cannot_be_used_is_told(window, code):
    page = window()
    page.get_by_role("button", name="Add a person").click()
    box = page.get_by_label("Code, not a name")
    box.evaluate("e => { e.required = false; e.maxLength = 99; }")
    box.fill(code)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("cannot be used")


def test_deleting_can_be_undone(window):
    page = window()
    add_person(page)
    page.get_by_role("button", name="Delete this person").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("K-014 and everything recorded is deleted")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("K-014"))).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name=re.compile("K-014"))).to_be_visible()


def test_the_simulated_client_shows_a_course(window):
    page = window()
    page.get_by_role("button", name="Try it with a simulated client").click()
    expect(page.get_by_role("heading", name="DEMO-01")).to_be_visible(timeout=120_000)
    expect(page.get_by_text(re.compile("beyond measurement error")).first).to_be_visible()
    expect(page.get_by_text(re.compile(r"A visit in 1[12] of the last 16 weeks"))).to_be_visible()
    assert page.locator("#content title", has_text="deg").count() > 20
    page.get_by_role("button", name="Range").click()
    expect(page.get_by_role("button", name="Range")).to_have_attribute("aria-pressed", "true")
    for head in ("Left range, deg", "Right range, deg", "Right − left, deg"):
        expect(page.get_by_role("columnheader", name=head)).to_be_visible()
    expect(page.get_by_role("img", name="the course of range")).to_be_visible()


def test_the_keyboard_is_enough(window):
    page = window()
    add_person(page)
    begin_visit(page)
    page.keyboard.press("ArrowRight")
    expect(page.locator('[aria-current="step"]')).to_have_text("Calibrate")
    page.keyboard.press("ArrowRight")
    expect(page.locator('[aria-current="step"]')).to_have_text("Left")
    page.keyboard.press("ArrowLeft")
    expect(page.locator('[aria-current="step"]')).to_have_text("Calibrate")
    page.keyboard.press("ArrowRight")
    expect(page.locator('[aria-current="step"]')).to_have_text("Left")
    page.keyboard.press("Space")
    wait_for_reps(page, 1)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.get_by_text("Recorded and kept")).to_be_visible(timeout=90_000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(window, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()

    def serious(page):
        found = axe.run(page).response["violations"]
        bad = [v for v in found if v["impact"] in ("serious", "critical")]
        return [(v["id"], v["nodes"][0]["html"]) for v in bad]

    page = window(color_scheme=scheme)
    expect(page.get_by_text("Nobody here yet")).to_be_visible()
    assert serious(page) == []
    add_person(page)
    page.get_by_role("button", name="New visit").click()
    expect(page.get_by_role("button", name="Begin")).to_be_visible()
    assert serious(page) == []
    page.get_by_label("Simulated sensors").check()
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("list", name="Steps")).to_be_visible()
    assert serious(page) == []
    to_the_first_leg(page)
    assert serious(page) == []
    start(page)
    wait_for_reps(page, 1)
    assert serious(page) == []


def test_a_tablet_held_upright_shows_all(window):
    page = window(viewport={"width": 820, "height": 1180})
    add_person(page)
    begin_visit(page)
    to_the_first_leg(page)
    start(page)
    wait_for_reps(page, 1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
