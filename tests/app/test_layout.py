"""Where things stand on the pages, and what they say when the app is gone."""

import pytest
from flows import add_person, begin_visit, start, to_the_first_leg, wait_for_reps
from playwright.sync_api import expect

SIZES = [(1366, 768), (390, 844), (844, 390)]


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_done_and_pause_stay_in_sight_while_something_is_recorded(window, width, height):
    page = window(viewport={"width": width, "height": height})
    add_person(page)
    begin_visit(page)
    page.get_by_role("button", name="Next").first.click()
    start(page)
    expect(page.get_by_role("button", name="Done")).to_be_in_viewport(ratio=1)
    expect(page.locator('[data-live="trace"]').last).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="Next").first.click()
    expect(page.get_by_text("left ●").or_(page.get_by_text("left", exact=True))).to_be_visible()
    start(page)
    wait_for_reps(page, 1)
    for name in ("Done", "Pause"):
        expect(page.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)
    trace = page.locator('[data-live="trace"]')
    expect(trace).to_be_in_viewport(ratio=1)
    under = page.get_by_role("button", name="Done").bounding_box()["y"]
    shown = trace.bounding_box()
    assert shown["height"] > 60
    assert shown["y"] + shown["height"] < under
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("width", [1440, 390])
def test_a_page_has_one_main_part_that_no_text_widens(window, width):
    page = window(viewport={"width": width, "height": 844})
    expect(page.get_by_role("main")).to_have_count(1)
    add_person(page, code="W" * 32, notes="n" * 500)
    expect(page.get_by_text("nnnn")).to_be_visible()
    expect(page.get_by_role("main")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("main").focus()
    page.keyboard.press("Shift")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "none"


def test_on_a_phone_a_visit_shows_all_its_columns(window):
    page = window(viewport={"width": 390, "height": 844})
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("heading", name="DEMO-01")).to_be_visible(timeout=120_000)
    visits = page.get_by_role("region", name="Visits").last
    for part in ("Report of", "PDF of"):
        box = visits.get_by_role("link", name=part).first.bounding_box()
        assert box["x"] + box["width"] <= 390
    box = visits.get_by_role("button", name="Leave out").first.bounding_box()
    assert box["x"] + box["width"] <= 390
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_app_that_has_ended_is_told(browser, start):
    server = start()
    page = browser.new_page()
    page.goto(server.address)
    add_person(page)
    gone = page.get_by_text("Anklet has ended or cannot be reached.")
    expect(gone).to_be_hidden()
    begin_visit(page)
    to_the_first_leg(page)
    page.get_by_role("button", name="Start").click()
    wait_for_reps(page, 1)
    expect(page.get_by_text("signal good")).to_be_visible()
    server.stop(kill=True)
    expect(gone).to_be_visible()
    expect(page.get_by_text("signal good")).to_be_hidden()
    expect(page.locator('[data-live="angle"]')).to_have_text("···")
    page.close()
