"""The validation page is whole, and holds what its cheap topics print."""

import pytest

from validation import write

PAGE = write.PAGE.read_text("utf-8")


def test_the_page_is_whole():
    assert list(write.faults(PAGE, write.own_images())) == []


def test_the_page_holds_what_the_recordings_give(realdata):
    assert list(write.stale(PAGE)) == []


def test_another_number_is_stale(realdata):
    (name, text), *_ = write.parts("realdata", full=False).items()
    changed = PAGE.replace(text, text.replace("0.33", "0.31"))
    assert changed != PAGE
    assert list(write.stale(changed)) == [
        f"its part {name!r} is not current: run with --write --only {name}"
    ]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("<!-- generated: peers -->", "", "must hold <!-- generated: peers -->"),
        ("<!-- end: peers -->", "", "must hold <!-- generated: peers -->"),
        (
            "<!-- generated: peers -->",
            "<!-- generated: pears -->",
            "nothing makes its part 'pears'",
        ),
        ("images/validation-peers.svg", "images/validation-pears.svg", "pears.svg is missing"),
        ("images/validation-peers.svg", "", "validation-peers.svg is not shown"),
    ],
)
def test_a_fault_is_named(old, new, fault):
    assert PAGE.count(old) == 1
    assert any(fault in said for said in write.faults(PAGE.replace(old, new), write.own_images()))


def test_only_the_named_part_changes():
    changed = write.put(PAGE, {"peers": "| new |"})
    assert "<!-- generated: peers -->\n\n| new |\n\n<!-- end: peers -->" in changed
    before, after = (
        {name: text for name, text in write.MARK.findall(page) if name != "peers"}
        for page in (PAGE, changed)
    )
    assert before == after
    assert len(before) >= 6
