"""The wiring: right as it is, and every mistake that hurts is found."""

import copy
import csv

import pytest

from wiring import check, nets

COLUMNS = [
    "ref", "qty", "description", "manufacturer", "mpn", "supplier", "supplier_pn", "url",
    "alternative", "optional", "notes",
]  # fmt: skip


@pytest.fixture
def harness() -> dict:
    return copy.deepcopy(nets.load())


@pytest.fixture
def board() -> dict:
    return nets.board_constants()


def connect(harness, part, before, after):
    """Exchange the pins of a part in the connection that has exactly these."""
    for connection in harness["connections"]:
        for step in connection:
            if step.get(part) == before:
                step[part] = after
                return
    raise AssertionError(f"no connection of {part} with {before}")


def found(harness, board, text):
    said = check.problems(harness, board)
    assert any(text in sentence for sentence in said), said


def test_the_wiring_as_it_is_keeps_every_rule(harness, board):
    assert check.problems(harness, board) == []


def test_pins_are_the_firmwares(board):
    assert (board["SDA"], board["SCL"], board["WAKE"], board["BATTERY"]) == (5, 6, 2, 1)


@pytest.mark.parametrize(
    ("constant", "said"),
    [("SDA", "SDA"), ("SCL", "SCL"), ("WAKE", "INT1"), ("BATTERY", "BATTERY")],
)
def test_a_change_of_the_firmwares_pins_is_noticed(harness, board, constant, said):
    board[constant] = 9
    found(harness, board, said)


def test_swapped_bus_lines(harness, board):
    connect(
        harness, "U2", ["VIN", "GND", "SDA", "SCL", "INT1"], ["VIN", "GND", "SCL", "SDA", "INT1"]
    )
    found(harness, board, "SDA of the sensor goes to GPIO6")
    found(harness, board, "SCL of the sensor goes to GPIO5")


def test_reversed_battery(harness, board):
    connect(harness, "BT1", ["-"], ["?"])
    connect(harness, "BT1", ["+"], ["-"])
    connect(harness, "BT1", ["?"], ["+"])
    found(harness, board, "battery + and battery - are joined")


def test_a_pin_named_wrongly(harness, board):
    harness["connectors"]["U1"]["pins"][4] = "D1 (GPIO3)"
    connect(
        harness, "U1",
        ["3V3", "GND", "D4 (GPIO5)", "D5 (GPIO6)", "D1 (GPIO2)"],
        ["3V3", "GND", "D4 (GPIO5)", "D5 (GPIO6)", "D1 (GPIO3)"],
    )  # fmt: skip
    found(harness, board, "D1 is GPIO2")


def test_a_pin_that_is_not_there(harness, board):
    connect(harness, "SW1", ["COMMON"], ["OFF"])
    found(harness, board, "SW1 has no pin 'OFF'")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (["3V3", "GND"], ["GND", "3V3"], "3.3 V and ground are joined"),
        (["3V3", "GND"], ["3V3", "BAT-"], "battery - and ground are joined"),
        (["3V3", "GND"], ["BAT+", "GND"], "3.3 V and battery + are joined"),
    ],
)
def test_shorts_of_the_supply(harness, board, before, after, said):
    rest = ["D4 (GPIO5)", "D5 (GPIO6)", "D1 (GPIO2)"]
    connect(harness, "U1", before + rest, after + rest)
    found(harness, board, said)


def test_a_short_that_only_the_closed_switch_makes(harness, board):
    connect(harness, "SW1", ["COMMON"], ["?"])
    harness["connectors"]["SW1"]["pins"].append("?")
    harness["connections"].append([{"U1": ["BAT-"]}, {"W2": [2]}, {"SW1": ["COMMON"]}])
    found(harness, board, "battery + and battery - are joined")


def test_the_interrupt_on_another_pin(harness, board):
    rest = ["3V3", "GND", "D4 (GPIO5)", "D5 (GPIO6)"]
    connect(harness, "U1", [*rest, "D1 (GPIO2)"], [*rest, "D0 (GPIO1)"])
    found(harness, board, "INT1 of the sensor goes to GPIO1")


def test_the_interrupt_on_a_rail(harness, board):
    rest = ["3V3", "GND", "D4 (GPIO5)", "D5 (GPIO6)"]
    connect(harness, "U1", [*rest, "D1 (GPIO2)"], [*rest, "GND"])
    found(harness, board, "ground is joined to a signal")


def test_a_switch_that_is_bridged(harness, board):
    connect(harness, "SW1", ["COMMON"], ["ON"])
    found(harness, board, "reaches BAT+ with the switch off")
    found(harness, board, "SW1 COMMON is connected to nothing")


def test_a_divider_before_the_switch(harness, board):
    """It would drain the cell with the switch off."""
    connection = harness["connections"][4]
    assert "R1" in connection[2]
    connection[0]["SW1"] = ["COMMON"]
    found(harness, board, "R1 is not between U1 BAT+")


def test_a_divider_of_other_values(harness, board):
    harness["connectors"]["R2"]["subtype"] = "680 kOhm"
    found(harness, board, "ratio is 1.32")
    found(harness, board, "more than 3.1")


def test_a_wire_of_the_wrong_colour(harness, board):
    harness["cables"]["W2"]["colors"] = ["BK", "RD"]
    found(harness, board, "W2 at BT1 + is BK, not RD")


def test_a_wire_that_is_missing(harness, board):
    harness["connections"].pop(3)
    found(harness, board, "the battery's - does not reach BAT-")
    found(harness, board, "BT1 - is connected to nothing")


def test_lists_of_different_length(harness, board):
    connect(harness, "SW1", ["COMMON"], ["COMMON", "ON"])
    found(harness, board, "lists of other length")


def test_the_bill_of_materials_agrees(harness):
    rows = check.read_bom()
    assert check.bom_problems(harness, rows) == []
    assert list(rows[0]) == COLUMNS


@pytest.mark.parametrize(
    ("ref", "column", "value", "said"),
    [
        ("U2", "mpn", "4503", "U2: mpn"),
        ("R1 R2", "qty", "3", "quantity 3"),
        ("R1 R2", "description", "Resistor 100 kOhm", "220 kOhm"),
        ("BT1", "ref", "BT2", "BT1 is wired but not in bom.csv"),
        ("BT1", "ref", "BT2", "BT2 is in bom.csv but not wired"),
    ],
)
def test_a_bill_that_disagrees_is_noticed(harness, ref, column, value, said):
    rows = check.read_bom()
    next(row for row in rows if row["ref"] == ref)[column] = value
    assert any(said in sentence for sentence in check.bom_problems(harness, rows))


def test_the_bill_is_whole_and_invents_nothing():
    with (nets.HARDWARE / "bom.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == COLUMNS
    assert {len(row) for row in rows} == {len(COLUMNS)}
    for row in (dict(zip(COLUMNS, row, strict=True)) for row in rows[1:]):
        assert row["optional"] in ("yes", "no")
        assert row["mpn"] or row["notes"], row["ref"]
        assert bool(row["url"]) == bool(row["mpn"]), "an address needs a part number"
