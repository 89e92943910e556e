"""Every command in the documents runs, or is checked word by word where it needs a thing to run."""

import re
import tomllib
from itertools import pairwise

import pytest
from page_blocks import PAGES, ROOT, blocks, commands, inline_commands

from command_line import every_command

COMMANDS = every_command()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
SHELL = "sh"
ELSEWHERE = {"mpremote", "esptool", "git", "echo"}
"""Programs that are not of this project: their commands must be marked as checked only."""
LIKE_A_COMMAND = re.compile(
    r"^(\$ )?(anklet|python3?|pip|pytest|mpremote|esptool|git) ", re.MULTILINE
)


def with_commands(page):
    return blocks(page, SHELL)


def identified(pages):
    return [pytest.param(page, id=str(page.relative_to(ROOT))) for page in pages]


@pytest.mark.parametrize("page", identified(p for p in PAGES if with_commands(p)))
def test_every_command_does_what_it_says(page, anklet, page_folder):
    for block in with_commands(page):
        for program, *arguments in commands(block):
            if program == "anklet" and "checked only" not in block.said:
                added = block.said.get("run with", "").split()
                code, _, err = anklet(*arguments, *added)
                assert code == 0, f"{block.where}: anklet {' '.join(arguments)}: {err}"
            else:
                checked_only = "checked only" in block.said
                trouble = cannot_be(program, arguments, checked_only)
                assert not trouble, f"{block.where}: {program} {' '.join(arguments)}: {trouble}"


@pytest.mark.parametrize("page", identified(PAGES))
def test_commands_stand_in_blocks_that_are_run(page):
    for block in blocks(page):
        if block.language != SHELL:
            assert not LIKE_A_COMMAND.search(block.text), f"{block.where}: call it {SHELL}"
        else:
            assert "checked only" not in block.said or len(block.said["checked only"]) > 10


@pytest.mark.parametrize("page", identified(p for p in PAGES if inline_commands(p)))
def test_commands_within_the_text_exist(page):
    for words in inline_commands(page):
        trouble = cannot_be("anklet", words[1:], checked_only=True)
        assert not trouble, f"{page.name}: {' '.join(words)}: {trouble}"


@pytest.mark.parametrize(
    ("program", "arguments"),
    [
        ("anklet", ["records", "--person", "K-014"]),
        ("anklet", ["record", "--persona", "K-014"]),
        ("anklet", ["setup", "--side", "middle"]),
        ("python", ["docs/generates.py"]),
        ("python", ["docs/generate.py", "--chek"]),
        ("pytest", ["tests/nowhere"]),
        ("pip", ["install", "anklet[nothing]"]),
        ("mpremote", ["reset"]),
    ],
)
def test_a_wrong_command_is_noticed(program, arguments):
    assert cannot_be(program, arguments, checked_only=False)


def test_a_command_that_fails_is_noticed(anklet):
    code, _, err = anklet("trend", "--person", "NOBODY")
    assert code
    assert err


def cannot_be(program, arguments, checked_only):
    """Say what is wrong with a command that is not run; None when nothing is."""
    if program == "anklet":
        return not_of_anklet(arguments)
    if program in ("python", "python3", "py"):
        return not_a_script(arguments)
    if program == "pip":
        return no_such_extra(arguments)
    if program == "pytest":
        return no_such_path([a for a in arguments if not a.startswith("-")])
    if program in ELSEWHERE:
        return None if checked_only else "say why it is checked only"
    return "is no program that the documents may use"


def not_of_anklet(arguments):
    name, *rest = arguments
    if name in ("--help", "--version"):
        return None
    if name not in COMMANDS:
        return f"there is no command {name}"
    options = COMMANDS[name].option_names
    for word, value in pairwise([*rest, ""]):
        if not word.startswith("--") or word == "--help":
            continue
        if word not in options:
            return f"there is no option {word}"
        choices = options[word].choices
        if choices and value and value not in choices:
            return f"{word} is not {value}"
    return None


def not_a_script(arguments):
    if arguments[0] == "-m":
        return None if arguments[1] in ("venv", "http.server") else "is no module to run"
    if missing := no_such_path(arguments[:1]):
        return missing
    text = (ROOT / arguments[0]).read_text()
    unknown = [a for a in arguments[1:] if a.startswith("--") and a not in text]
    return f"has no option {unknown[0]}" if unknown else None


def no_such_extra(arguments):
    wanted = [a for a in arguments if not a.startswith("-")]
    if wanted[0] != "install":
        return "installs nothing"
    for extra in re.findall(r"(?:\.|anklet)\[(.*?)\]", " ".join(wanted)):
        for name in extra.split(","):
            if name not in PROJECT["optional-dependencies"]:
                return f"there is no extra {name}"
    return None


def no_such_path(paths):
    missing = [path for path in paths if not (ROOT / path).exists()]
    return f"{missing[0]} is not there" if missing else None
