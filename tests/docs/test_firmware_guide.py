"""What the guides to a new board and a new IMU name is what the firmware has."""

import ast
import re

from page_blocks import ROOT

PAGE = (ROOT / "docs" / "firmware.md").read_text("utf-8")
BOARD, IMU = PAGE.partition("## Add a board")[2].partition("## Add an IMU")[::2]
IMU = IMU.partition("\n## ")[0]
FIRMWARE = ROOT / "firmware"
DRIVERS = [
    FIRMWARE / "anklet_sensor" / "imu" / name
    for name in ("chip.py", "st.py", "lsm6dsox.py", "lsm6ds3trc.py", "mpu6886.py")
]


def test_the_constants_of_a_board_are_those_of_every_board():
    named = table(BOARD, "constant")
    boards = [
        p for p in (FIRMWARE / "boards").glob("*.py") if p.stem not in ("__init__", "loading")
    ]
    assert len(boards) >= 3
    for board in boards:
        assert named == constants(ast.parse(board.read_text()).body), board.name
        assert f"`{board.stem}`" in PAGE


def test_what_a_driver_says_and_does_is_what_drivers_have():
    chip, *others = (ast.parse(path.read_text()) for path in DRIVERS)
    (chip_class,) = (node for node in chip.body if isinstance(node, ast.ClassDef))
    said = constants(chip_class.body)
    assert table(IMU, "it says") == said
    has = {
        node.name
        for tree in (chip, *others)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    }
    does = table(IMU, "it does")
    assert does <= has
    called = {n for n in has if not n.startswith("_")} - {"spin"}
    assert does == called


def test_the_files_that_the_guides_name_exist():
    named = re.findall(r"`((?:firmware|host|tests)/[\w/.]+\.py)`", BOARD + IMU)
    assert len(named) >= 3
    assert [name for name in named if "NAME" not in name and not (ROOT / name).exists()] == []


def table(text, head):
    """The names in the first column of the table with a head."""
    rows = text.partition(f"| {head} |")[2].split("\n\n")[0].splitlines()[2:]
    return {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}


def constants(body):
    """The constants of a module or class."""
    found = (
        node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
        for node in body
        if isinstance(node, ast.Assign | ast.AnnAssign)
    )
    return {node.id for node in found}
