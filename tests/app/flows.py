"""What a person does on the pages, in words."""

import re

from playwright.sync_api import Page, expect


def add_person(page: Page, code: str = "K-014", involved: str = "right", notes: str = "") -> None:
    page.get_by_role("button", name="Add a person").click()
    page.get_by_label("Code, not a name").fill(code)
    page.get_by_label("Involved side").select_option(involved)
    page.get_by_label("Date of injury").fill("2026-08-01")
    page.get_by_label("Notes").fill(notes)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", name=code)).to_be_visible()


def begin_visit(page: Page, protocol: str = "split_squat", *, moved: bool = False) -> None:
    page.get_by_role("button", name="New visit").click()
    page.get_by_label("Assessment").select_option(protocol)
    page.get_by_label("Simulated sensors").check()
    if moved:
        page.get_by_label("One set of sensors").check()
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("list", name="Steps")).to_be_visible()


def to_the_first_leg(page: Page) -> None:
    page.get_by_role("button", name="Next").first.click()
    page.get_by_role("button", name="Skip").click()
    expect(page.get_by_label("Pain before")).to_be_visible()
    expect(page.get_by_role("button", name="Start")).to_be_visible()


def at_the_first_leg(page: Page) -> None:
    """Begin a visit of somebody new, and come to its first leg without a calibration."""
    add_person(page)
    begin_visit(page)
    to_the_first_leg(page)


def start(page: Page) -> None:
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("button", name="Done")).to_be_visible()


def count(page: Page, side: str = "left") -> int:
    told = page.locator(f'[data-live="count"][data-side="{side}"]').text_content() or ""
    return int(re.match(r"\d*", told).group() or 0)


def wait_for_reps(page: Page, least: int, side: str = "left") -> None:
    page.wait_for_function(
        "([side, least]) => parseInt(document.querySelector(`[data-live=count][data-side=${side}]`)"
        "?.textContent || '0') >= least",
        arg=[side, least],
        timeout=120_000,
    )


def done(page: Page) -> None:
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text("Recorded and kept")).to_be_visible(timeout=90_000)


def delete_person(page: Page) -> None:
    page.get_by_role("button", name="Delete this person").click()
    page.get_by_role("button", name="Delete", exact=True).click()
