"""Whole visits in a real browser, with simulated sensors on a clock that runs faster."""

import json
import re
import sqlite3

import pytest
from flows import (
    add_person,
    at_the_first_leg,
    begin_visit,
    count,
    done,
    start,
    to_the_first_leg,
    wait_for_reps,
)
from playwright.sync_api import expect

ANGLE = re.compile(r"[+−]\d+\.\d|0\.0")


def test_from_an_empty_database_to_a_report(window, server):
    page = window()
    expect(page.get_by_text("Nobody here yet")).to_be_visible()
    add_person(page)
    assert "K-014" not in page.url
    begin_visit(page)
    to_the_first_leg(page)
    for side in ("left", "right"):
        start(page)
        wait_for_reps(page, 3, side)
        angle = page.locator(f'[data-live="angle"][data-side="{side}"]')
        expect(angle).to_have_text(ANGLE)
        page.keyboard.press("m")
        wait_for_reps(page, 5, side)
        done(page)
        expect(page.get_by_text(re.compile(f"{side}: \\d of \\d reps used"))).to_be_visible()
        page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text(re.compile("Right reaches|Left reaches"))).to_be_visible(timeout=60_000)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open the report").click()
    report = opened.value
    expect(report.get_by_text("Not a medical device; not a diagnosis.")).to_be_visible()
    expect(report.get_by_role("heading", name="K-014")).to_be_visible()
    assert "K-014" not in report.url
    with sqlite3.connect(server.store) as database:
        markers = database.execute("SELECT t_s FROM events WHERE kind = 'marker'").fetchall()
    assert len(markers) == 2
    assert all(5.0 < t_s < 400.0 for (t_s,) in markers)


@pytest.mark.parametrize("server", [2.0], indirect=True)  # a stall is half as long for it
def test_a_calibration_is_guided_and_used(window, server):
    page = window()
    add_person(page)
    begin_visit(page)
    page.get_by_role("button", name="Next").first.click()
    page.get_by_role("button", name="Start").click()
    for told in ("Stand still, feet flat", "bend your knees slowly", "Rise onto your toes"):
        expect(page.get_by_text(re.compile(told)).first).to_be_visible(timeout=60_000)
    expect(page.get_by_role("button", name="Accept, and go on")).to_be_visible(timeout=120_000)
    for side in ("Left", "Right"):
        expect(page.get_by_text(re.compile(rf"^{side} shank: (good|fair, since)"))).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.locator('[aria-current="step"]')).to_have_text("Left")
    with sqlite3.connect(server.store) as database:
        kept = database.execute("SELECT side, segment FROM calibrations ORDER BY side").fetchall()
    assert kept == [("left", "shank"), ("right", "shank")]
    start(page)
    wait_for_reps(page, 3)
    done(page)
    expect(page.get_by_text(re.compile("left: . of . reps used"))).to_be_visible()


def test_a_rep_is_overruled_by_hand_and_the_pdf_is_printed(window, server):
    page = window()
    at_the_first_leg(page)
    page.get_by_label("Pain before").select_option("3")
    start(page)
    wait_for_reps(page, 4)
    done(page)
    page.get_by_label("Pain after").select_option("2")
    for words in ("tactile cue", "evening"):
        page.get_by_role("textbox", name="Tags").click()
        page.keyboard.type(words)
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name=f"Take off the tag {words}")).to_be_visible()
        expect(page.get_by_role("textbox", name="Tags")).to_have_value("")
    page.reload()
    expect(page.get_by_label("Pain before")).to_have_value("3")
    expect(page.get_by_label("Pain after")).to_have_value("2")
    for step in ("Right", "Summary"):
        page.get_by_role("button", name="Next").click()
        expect(page.locator('[aria-current="step"]')).to_have_text(step)
    page.locator("summary").first.click()
    page.get_by_role("button", name=re.compile("Leave out: rep 2")).press("Enter")
    expect(page.get_by_role("button", name=re.compile("Count it: rep 2"))).to_be_focused()
    ruled = page.get_by_role("cell", name=re.compile("set aside by hand"))
    expect(ruled).to_be_attached(timeout=60_000)
    link = page.get_by_role("link", name="Open the report").get_attribute("href")
    pdf = page.context.request.get(f"{server.origin}{link}?pdf=true")
    assert pdf.ok
    assert pdf.body().startswith(b"%PDF")
    page.get_by_role("button", name="End the visit").click()
    expect(page.get_by_role("heading", name="Visits")).to_be_visible()
    expect(page.get_by_role("cell", name="tactile cue, evening")).to_be_visible()
    with sqlite3.connect(server.store) as database:
        pain = database.execute("SELECT side, data FROM events WHERE kind = 'pain'").fetchall()
    assert [(side, json.loads(data)["score"]) for side, data in pain] == [("left", 3), ("left", 2)]


def test_a_reload_and_a_second_tab_see_the_same(window):
    page = window()
    at_the_first_leg(page)
    start(page)
    wait_for_reps(page, 2)
    page.reload()
    wait_for_reps(page, 2)
    other = window(page.url, context=page.context)
    wait_for_reps(other, 3)
    assert abs(count(page) - count(other)) <= 1
    other.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    other.close()
    done(page)


def test_a_sensor_that_drops_out_is_told_and_nothing_is_lost(window, server):
    page = window()
    at_the_first_leg(page)
    start(page)
    wait_for_reps(page, 1)
    angle = page.locator('[data-live="angle"][data-side="left"]')
    expect(angle).to_have_text(ANGLE)
    server.tell("cut")
    expect(page.get_by_text("is out of reach")).to_be_visible()
    expect(angle).to_have_text("···")
    server.tell("back")
    expect(page.get_by_text("is out of reach")).to_be_hidden(timeout=60_000)
    expect(angle).to_have_text(ANGLE)
    wait_for_reps(page, 3)
    done(page)
    told = page.get_by_text(re.compile(r"(\d+) of (\d+) packets stored")).text_content()
    stored, made = re.search(r"(\d+) of (\d+) packets", told).groups()
    assert stored == made


def test_a_pause_and_a_set_done_again_do_not_count(window, server):
    page = window()
    at_the_first_leg(page)
    start(page)
    wait_for_reps(page, 2)
    page.keyboard.press("r")
    page.wait_for_function("document.querySelector('[data-live=count]').textContent[0] === '0'")
    wait_for_reps(page, 1)
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    counted = count(page)
    page.wait_for_timeout(2500)  # two of the simulated person's eight reps
    assert count(page) <= counted + 1
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    wait_for_reps(page, count(page) + 1)
    done(page)
    expect(page.get_by_text(re.compile("done again"))).to_be_visible()
    expect(page.get_by_text(re.compile("paused"))).to_be_visible()


def test_a_leg_done_again_replaces_its_set_and_keeps_the_other_leg(window, server):
    page = window()
    at_the_first_leg(page)
    for side in ("left", "right"):
        start(page)
        wait_for_reps(page, 3, side)
        done(page)
        if side == "left":
            page.get_by_role("button", name="Go on").click()
            expect(page.locator('[aria-current="step"]')).to_have_text("Right")
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_text(re.compile("left: \\d of"))).to_be_visible()
    page.get_by_role("button", name="Do it again").click()
    start(page)
    wait_for_reps(page, 5)
    done(page)
    for step in ("Right", "Summary"):
        page.get_by_role("button", name="Next").click()
        expect(page.locator('[aria-current="step"]')).to_have_text(step)
    expect(page.get_by_text(re.compile("Right reaches|Left reaches"))).to_be_visible(timeout=60_000)
    with sqlite3.connect(server.store) as database:
        held = database.execute(
            "SELECT left_out_why, side, recordings.id FROM assessments JOIN recordings "
            "ON assessment_id = assessments.id ORDER BY recordings.id"
        ).fetchall()
    assert held == [("done again", "left", 1), (None, "right", 2), (None, "left", 3)]


def test_killed_in_a_pause_it_is_still_one(start_and_see):
    server, page = start_and_see()
    at_the_first_leg(page)
    page.get_by_label("Pain before").select_option("4")
    start(page)
    wait_for_reps(page, 3)
    page.get_by_role("button", name="Pause").click()
    page.wait_for_timeout(2500)  # two reps
    server.stop(kill=True)
    with sqlite3.connect(server.store) as database:
        said = database.execute("SELECT kind, side, data FROM events ORDER BY kind").fetchall()
    assert [(kind, side) for kind, side, _ in said] == [("overrule", "left"), ("pain", "left")]
    assert json.loads(said[0][2])["why"] == "paused"
    server, page = start_and_see()
    page.get_by_role("link", name=re.compile("K-014")).click()
    page.get_by_role("button", name=re.compile("Analyse")).click()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name=re.compile("Report of")).click()
    expect(opened.value.get_by_text(re.compile("set aside by hand: paused")).first).to_be_visible()
    expect(opened.value.get_by_text("Simulated sensors: nobody was measured")).to_be_visible()
    expect(opened.value.get_by_text("left 4 before")).to_be_visible()


def test_a_visit_that_is_open_is_not_ended_unasked(window):
    page = window()
    at_the_first_leg(page)
    start(page)
    wait_for_reps(page, 1)
    done(page)
    page.get_by_role("link", name="People", exact=True).click()
    page.get_by_role("link", name=re.compile("K-014")).click()
    page.get_by_role("button", name="New visit").click()
    page.get_by_label("Simulated sensors").check()
    page.get_by_role("button", name="Begin").click()
    page.get_by_role("link", name="Go on with it").click()
    expect(page.get_by_text("Recorded and kept")).to_be_visible()
    page.go_back()
    page.get_by_role("button", name="New visit").click()
    page.get_by_label("Simulated sensors").check()
    page.get_by_role("button", name="Begin").click()
    page.get_by_role("button", name="End it, and begin this one").click()
    expect(page.get_by_text("They are on a simulated person")).to_be_visible()


def test_what_no_sensor_measures_is_entered_after_the_sets(window):
    page = window()
    add_person(page)
    begin_visit(page, "knee_to_wall_bent")
    to_the_first_leg(page)
    for side in ("left", "right"):
        start(page)
        wait_for_reps(page, 2, side)
        done(page)
        page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("link", name="Open the report")).to_be_visible(timeout=60_000)
    left = page.get_by_label("Left: distance from the great toe to the wall, cm")
    right = page.get_by_label("Right: distance from the great toe to the wall, cm")
    for bad, words in (("near", "is not a number"), ("99", "it lies between 0 and 40")):
        left.fill(bad)
        left.press("Enter")
        expect(page.get_by_role("alert").filter(has_text=words)).to_be_visible()
    left.fill("12,5")
    left.press("Tab")
    expect(page.get_by_text("Knee to wall, entered: left 12.5 cm")).to_be_visible()
    expect(page.get_by_role("alert")).to_be_hidden()
    right.fill("9")
    right.press("Enter")
    expect(page.get_by_text("left 12.5 cm, right 9.0 cm")).to_be_visible()
    with page.expect_popup() as report:
        page.get_by_role("link", name="Open the report").click()
    expect(report.value.get_by_text("left 12.5 cm, right 9.0 cm")).to_be_visible()
    left.fill("")
    left.press("Enter")
    expect(page.get_by_text("Knee to wall, entered: right 9.0 cm")).to_be_visible()
    expect(left).to_have_value("")
    left.click()  # now without waiting for anything: one is still kept while the next is typed
    page.keyboard.type("11")
    right.click()
    right.press("Control+a")
    page.keyboard.type("8", delay=20)
    expect(page.get_by_text("left 11.0 cm, right 9.0 cm")).to_be_visible()
    expect(right).to_be_focused()
    expect(right).to_have_value("8")
    page.keyboard.press("Tab")
    expect(page.get_by_text("left 11.0 cm, right 8.0 cm")).to_be_visible()
    left.fill("13")
    right.fill("7")
    right.press("Enter")
    expect(page.get_by_text("left 13.0 cm, right 7.0 cm")).to_be_visible()


def test_a_body_mass_gives_the_work_of_heel_rises(window):
    page = window()
    add_person(page)
    begin_visit(page, "heel_rise")
    to_the_first_leg(page)
    for side in ("left", "right"):
        start(page)
        wait_for_reps(page, 3, side)
        done(page)
        page.get_by_role("button", name="Go on").click()
    mass = page.get_by_label("Body mass, kg")
    expect(mass).to_be_visible(timeout=60_000)
    mass.fill("5")
    mass.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="A body mass lies between")).to_be_visible()
    mass.fill("70")
    mass.press("Enter")
    expect(page.get_by_text(re.compile(r"Left, set 1: .* J"))).to_be_visible()


def test_the_sound_box_says_what_is_heard(window):
    page = window()
    at_the_first_leg(page)
    start(page)
    box = page.get_by_label("Sound at each end")
    expect(box).not_to_be_checked()
    box.check()
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    expect(box).to_be_checked()
    box.press("Space")
    expect(box).not_to_be_checked()
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(box).not_to_be_checked()
    done(page)


def test_killed_in_the_middle_of_a_set_nothing_is_lost(browser, start_and_see):
    server, page = start_and_see()
    at_the_first_leg(page)
    start(page)
    wait_for_reps(page, 4)
    server.stop(kill=True)
    server, page = start_and_see()
    page.get_by_role("link", name=re.compile("K-014")).click()
    page.get_by_role("button", name=re.compile("Analyse")).click()
    expect(page.get_by_role("link", name=re.compile("Report of"))).to_be_visible(timeout=60_000)


def test_killed_in_the_second_leg_it_is_analysed_with_the_first(start_and_see):
    server, page = start_and_see()
    at_the_first_leg(page)
    for side in ("left", "right"):
        start(page)
        wait_for_reps(page, 4, side)
        if side == "left":
            done(page)
            page.get_by_role("button", name="Go on").click()
    server.stop(kill=True)
    server, page = start_and_see()
    page.get_by_role("link", name=re.compile("K-014")).click()
    expect(page.get_by_role("link", name=re.compile("Report of"))).to_be_visible()
    page.get_by_role("button", name=re.compile("Analyse")).click()
    expect(page.get_by_role("button", name=re.compile("Analyse"))).to_be_hidden(timeout=60_000)
    assert page.get_by_role("row").last.get_by_text("–").count() == 0


def test_a_block_that_is_not_written_is_asked_for(window):
    page = window()
    add_person(page)
    page.get_by_role("button", name="New visit").click()
    page.get_by_label("Block, deg").fill("")
    page.get_by_label("Simulated sensors").check()
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_text("Write the block's angle")).to_be_visible()


@pytest.fixture
def start_and_see(start, browser):
    contexts = []

    def seen():
        server = start()
        contexts.append(browser.new_context())
        page = contexts[-1].new_page()
        page.set_default_timeout(60_000)
        page.goto(server.address)
        return server, page

    yield seen
    for context in contexts:
        context.close()


def test_a_page_that_is_made_anew_keeps_focus_text_and_clicks(window, server):
    page = window()
    at_the_first_leg(page)
    start(page)
    wait_for_reps(page, 1)
    page.evaluate(
        "window.marker = [...document.querySelectorAll('button')]"
        ".find((b) => b.dataset.key === 'M')"
    )
    page.get_by_role("button", name="Pause").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Go on")).to_be_focused()
    assert not page.evaluate("window.marker.isConnected")
    page.evaluate("window.marker.click()")
    expect(page.get_by_text("Marked.")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Pause")).to_be_focused()
    done(page)
    tags = page.get_by_role("textbox", name="Tags")
    tags.press_sequentially("tactile")
    other = window(page.url, context=page.context)
    other.get_by_role("textbox", name="Tags").fill("other shoes")
    other.get_by_role("textbox", name="Tags").press("Enter")
    expect(page.get_by_text("other shoes")).to_be_visible()
    expect(tags).to_be_focused()
    expect(tags).to_have_value("tactile")
    tags.press("Enter")
    expect(page.get_by_role("button", name="Take off the tag tactile")).to_be_visible()
    with sqlite3.connect(server.store) as database:
        kinds = [k for (k,) in database.execute("SELECT kind FROM events WHERE kind = 'marker'")]
    assert kinds == ["marker"]


def test_one_sensor_is_moved_from_leg_to_leg(window):
    page = window()
    add_person(page)
    begin_visit(page, moved=True)
    expect(page.get_by_text("it on the left leg first")).to_be_visible()
    page.get_by_role("button", name="Next").first.click()
    for side in ("left", "right"):
        expect(page.get_by_text(f"Put the sensors on the {side} leg now.")).to_be_visible()
        page.get_by_role("button", name="Skip").click()
        expect(page.get_by_label("Pain before")).to_be_visible()
        start(page)
        wait_for_reps(page, 3, side)
        done(page)
        page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text(re.compile("Right reaches|Left reaches"))).to_be_visible(timeout=60_000)


def test_a_pause_ends_with_its_leg_and_a_double_click_skips_none(window):
    page = window()
    at_the_first_leg(page)
    start(page)
    wait_for_reps(page, 4)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    done(page)
    page.get_by_role("button", name="Go on").dblclick()
    expect(page.locator('[aria-current="step"]')).to_have_text("Right")
    start(page)
    wait_for_reps(page, 4, "right")
    expect(page.locator('[aria-current="step"]')).to_have_text("Right")
    done(page)
    expect(page.get_by_text(re.compile(r"right: ([4-9]) of \1 reps used"))).to_be_visible()


def test_what_was_to_be_done_again_can_stay(window, server):
    page = window()
    at_the_first_leg(page)
    page.get_by_label("Pain before").select_option("3")
    start(page)
    wait_for_reps(page, 2)
    done(page)
    page.get_by_role("button", name="Do it again").click()
    expect(page.get_by_label("Pain before")).to_have_value("3")
    page.get_by_role("button", name="Keep the earlier set").click()
    expect(page.get_by_text("Recorded and kept")).to_be_visible()
    page.get_by_role("button", name="Do it again").click()
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_text("Recorded and kept")).to_be_visible()
    with sqlite3.connect(server.store) as database:
        held = database.execute("SELECT left_out_why FROM assessments").fetchall()
    assert held == [(None,)]


def test_ending_a_set_from_the_strip_keeps_it_and_the_visit_goes_on(window, server):
    page = window()
    at_the_first_leg(page)
    start(page)
    wait_for_reps(page, 3)
    server.tell("cut")
    page.get_by_role("button", name="End here, and keep what came").click()
    expect(page.get_by_text("Recorded and kept")).to_be_visible()
    page.get_by_role("button", name="Go on").click()
    expect(page.locator('[aria-current="step"]')).to_have_text("Right")
    start(page)
    wait_for_reps(page, 1, "right")
