"""Pages by themselves: people, deletion, what users type, the keyboard, accessibility."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from flows import (
    add_person,
    begin_visit,
    delete_person,
    start,
    to_the_first_leg,
    wait_for_reps,
)
from playwright.sync_api import expect

from anklet.store import Store

HOSTILE = "<img src=x onerror=\"document.title='owned'\"> {{7*7}} </script><script>1"


def test_what_is_typed_stays_text(window):
    page = window()
    add_person(page, notes=HOSTILE)
    expect(page.get_by_text(HOSTILE)).to_be_visible()
    assert page.title() == "Person · Anklet"
    assert page.locator("main img").count() == 0


LETTERS = "letters, digits, dots, dashes or underscores, a letter or digit first, and no names"
DAYS = "The date of injury must be between 1900 and today."


@pytest.mark.parametrize(
    ("code", "injured", "words"),
    [
        ("", "", LETTERS),
        ("two words", "", LETTERS),
        ("Jürgen", "", LETTERS),
        ("K/014", "", LETTERS),
        ("<b>", "", LETTERS),
        ("x" * 33, "", LETTERS),
        ("K-014", "", "has a person K-014 already; take another code"),
        ("K-013", "", "K-013 was deleted and is kept until"),
        ("K-015", (date.today() + timedelta(days=1)).isoformat(), DAYS),
        ("K-015", "1800-01-01", DAYS),
        ("K-015", "12026-01-01", "The date of injury is not a date"),
    ],
)
def test_what_cannot_be_a_person_is_told_beside_the_form(window, server, code, injured, words):
    with Store.open(str(server.store)) as store:
        for known in ("K-013", "K-014"):
            store.add_person(known)
        store.delete_person("K-013")
    page = window()
    page.get_by_role("button", name="Add a person").click()
    code_field, day_field = page.get_by_label("Code, not a name"), page.get_by_label("Date of inj")
    expect(code_field).to_be_focused()
    page.keyboard.type(code)
    day_field.fill(injured)
    page.get_by_label("Involved side").select_option("left")
    page.get_by_label("Notes").fill("second try")
    page.get_by_role("button", name="Add", exact=True).click()
    told = page.locator("form").get_by_role("alert")
    expect(told).to_contain_text(words)
    assert told.text_content().count(". ") == 0, "one sentence"
    expect(day_field if injured else code_field).to_be_focused()
    expect(code_field).to_have_value(code)
    expect(day_field).to_have_value(injured)
    expect(page.get_by_label("Involved side")).to_have_value("left")
    expect(page.get_by_label("Notes")).to_have_value("second try")
    code_field.fill("K-016")
    day_field.fill("2026-03-01")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="K-016")).to_be_visible()
    expect(page.get_by_text("second try")).to_be_visible()


def test_what_is_typed_stays_while_something_else_changes(window, server):
    page = window()
    page.get_by_role("button", name="Add a person").click()
    code = page.get_by_label("Code, not a name")
    expect(code).to_be_focused()
    page.keyboard.type("K-0")
    other = window(context=page.context)
    add_person(other, "K-013")
    delete_person(other)
    other.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name=re.compile("K-013"))).to_be_visible()
    page.bring_to_front()
    page.keyboard.type("14")
    expect(code).to_have_value("K-014")


def test_a_code_is_found_while_it_is_typed(window, server):
    with Store.open(str(server.store)) as store:
        for k in range(8):
            store.add_person(f"K-01{k}")
    page = window()
    find = page.get_by_label("Find a code")
    find.press_sequentially("k-015", delay=60)
    expect(page.get_by_role("link", name=re.compile("K-01"))).to_have_count(1)
    expect(find).to_have_value("k-015")
    find.press_sequentially("9")
    expect(page.get_by_text("Nobody of that code")).to_be_visible()


def test_deleting_can_be_undone(window):
    page = window()
    add_person(page)
    delete_person(page)
    expect(page.get_by_text("K-014 and everything recorded is deleted")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("K-014"))).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name=re.compile("K-014"))).to_be_visible()
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)


def deleted(server, *days_ago):
    """People deleted so long ago: K-1 first, K-2 next."""
    now = datetime.now(UTC)
    with Store.open(str(server.store)) as store, pytest.MonkeyPatch.context() as patch:
        for k, days in enumerate(days_ago, 1):
            at = now - timedelta(days=days)
            patch.setattr("anklet.store.deleting.utc_now", lambda at=at: at)
            store.add_person(f"K-{k}")
            store.delete_person(f"K-{k}")


def test_everybody_who_was_deleted_elsewhere_can_be_brought_back(window, server):
    deleted(server, 6.0, 8.0, 2.0, 0.0)
    page = window()
    held = page.get_by_role("button", name="Undo")
    assert [each.get_attribute("aria-label") for each in held.all()] == [
        "Undo: K-4",
        "Undo: K-3",
        "Undo: K-1",
    ]
    until = (datetime.now(UTC) + timedelta(days=5)).astimezone()
    earlier = page.get_by_role("region", name="Deleted")
    expect(earlier).to_contain_text(f"K-3, until {until.day} {until:%b %Y}")
    expect(page.get_by_role("status").filter(has_text="K-4 and everything")).to_be_visible()
    page.get_by_role("button", name="Undo: K-1").click()
    expect(page.get_by_role("link", name=re.compile("K-1"))).to_be_visible()
    expect(held).to_have_count(2)


def test_an_undo_outlives_a_restart(browser, start):
    server = start()
    with Store.open(str(server.store)) as store:
        store.add_person("K-014")
        store.delete_person("K-014")
    server.stop()
    page = browser.new_page()
    page.goto(start().address)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name=re.compile("K-014"))).to_be_visible()
    page.close()


def test_somebody_deleted_is_erased_after_a_second_click(window, server):
    deleted(server, 2.0, 1.0)
    page = window()
    page.get_by_role("button", name="Erase for good: K-1").click()
    expect(page.get_by_text("Erase K-1 for good?")).to_be_visible()
    expect(page.get_by_role("button", name="Keep")).to_be_focused()
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("button", name="Undo")).to_have_count(2)
    page.get_by_role("button", name="Erase for good: K-1").click()
    page.get_by_role("button", name="Erase", exact=True).click()
    expect(page.get_by_text(re.compile("K-1"))).to_have_count(0)
    with Store.open(str(server.store)) as store:
        assert [each.person.code for each in store.deleted_people()] == ["K-2"]
        assert store.erase_person("K-2").clean


def test_what_an_action_met_with_stays_until_another_goes_well(window, server):
    deleted(server, 2.0, 1.0)
    page = window()
    with Store.open(str(server.store)) as store:
        store.erase_person("K-1")
    page.get_by_role("button", name="Undo: K-1").click()
    trouble = page.get_by_role("alert").filter(has_text="holds no deleted person K-1")
    expect(trouble).to_be_focused()
    expect(page.get_by_role("button", name="Undo")).to_have_count(1)
    page.wait_for_timeout(500)
    expect(trouble).to_be_visible()
    page.get_by_role("button", name="Undo: K-2").click()
    expect(page.get_by_role("link", name=re.compile("K-2"))).to_be_visible()
    expect(trouble).to_have_count(0)


def test_nobody_is_erased_who_was_brought_back_elsewhere(window, server):
    deleted(server, 2.0)
    page = window()
    page.get_by_role("button", name="Erase for good: K-1").click()
    with Store.open(str(server.store)) as store:
        store.restore_person("K-1")
    page.get_by_role("button", name="Erase", exact=True).click()
    trouble = page.get_by_role("alert").filter(has_text="not among the deleted any more")
    expect(trouble).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("K-1"))).to_be_visible()


def test_a_simulated_client_who_was_deleted_is_told(window, server):
    page = window()
    with Store.open(str(server.store)) as store:
        store.add_person("DEMO-01")
        store.delete_person("DEMO-01")
    page.get_by_role("button", name="Try it with a simulated client").click()
    told = page.get_by_role("alert").filter(has_text="DEMO-01 was deleted and is kept until")
    expect(told).to_be_visible()
    expect(told).not_to_contain_text("anklet delete")
    page.get_by_role("button", name="Undo: DEMO-01").click()
    expect(page.get_by_role("link", name=re.compile("DEMO-01"))).to_be_visible()
    expect(told).to_have_count(0)


def test_a_day_of_another_year_has_its_year(window, server):
    last = datetime.now().astimezone().replace(day=1, hour=12) - timedelta(days=400)
    with Store.open(str(server.store)) as store:
        store.add_person("K-014")
        for days in (7, 0):
            store.add_visit("K-014", last - timedelta(days=days))
        store.add_person("K-015")
        store.add_visit("K-015", datetime.now().astimezone())
    page = window()
    row = page.get_by_role("link", name=re.compile("K-014"))
    expect(row).to_contain_text(f"last {last.day} {last:%b %Y}, visits: 2")
    due = last + timedelta(days=7)
    expect(row).to_contain_text(f"due since {due.day} {due:%b %Y}")
    today = datetime.now().astimezone()
    now = page.get_by_role("link", name=re.compile("K-015"))
    expect(now).to_contain_text(f"last {today.day} {today:%b}, visits: 1")


def test_an_address_that_is_not_there_leads_back(window):
    page = window()
    page.goto(page.url + "nope")
    expect(page.get_by_role("heading", name="Not found")).to_be_visible()
    assert page.title() == "Not found · Anklet"
    page.get_by_role("link", name="To all people").click()
    expect(page.get_by_text("Nobody here yet")).to_be_visible()
    told = [each for each in window.troubles if "404 (Not Found)" in each]
    assert window.troubles == told
    window.troubles.clear()


def test_a_button_that_fails_says_so(browser, start):
    server = start()
    deleted(server, 1.0)
    page = browser.new_page()
    page.goto(server.address)
    undo = page.get_by_role("button", name="Undo: K-1")
    expect(undo).to_be_visible()
    server.spoil("break")
    undo.click()
    expect(page.get_by_role("alert").filter(has_text="Anklet has a fault here")).to_be_visible()
    page.close()
    told = server.stop()
    assert "RuntimeError" in told
    assert "K-014" not in told


def test_what_is_told_at_the_end_holds_nothing_up(browser, start):
    server = start()
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(server.address)
        expect(page.get_by_role("heading", name="Nobody here yet")).to_be_visible()
        server.spoil("last")
        assert server.stop() == ""


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


def test_a_visit_is_left_out_and_put_back(window):
    page = window()
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("heading", name="DEMO-01")).to_be_visible(timeout=120_000)
    rows = page.get_by_role("row")
    expect(rows).to_have_count(13)
    page.get_by_role("button", name=re.compile("Leave out")).first.click()
    expect(rows).to_have_count(12)
    page.get_by_text("Left out, kept without counting: 1").click()
    expect(page.get_by_text("simulated: left out by who measured")).to_be_visible()
    page.get_by_role("button", name=re.compile("Put back")).click()
    expect(rows).to_have_count(13)
    expect(page.get_by_text("Left out, kept")).to_be_hidden()


def test_what_is_kept_of_a_person_can_be_changed(window):
    page = window()
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("heading", name="DEMO-01")).to_be_visible(timeout=120_000)
    expect(page.get_by_text("involved side right")).to_be_visible()
    page.get_by_role("button", name="Change").click()
    page.get_by_label("Involved side").select_option("left")
    page.get_by_label("Notes").fill("calf, not ankle")
    page.get_by_label("Date of injury").fill("1800-01-01")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("must be between 1900 and today")).to_be_visible()
    page.get_by_label("Date of injury").fill("2026-02-01")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("involved side left · injured 1 Feb 2026 · calf, not")).to_be_visible()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name=re.compile("Report of")).first.click()
    expect(opened.value.get_by_text(re.compile("Left reaches .* more"))).to_be_visible()
