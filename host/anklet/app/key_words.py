"""Comparability keys as people say them."""

import json

from anklet.app.texts import _


def key_words(key: str) -> str:
    """Return a comparability key as a person says it."""
    parts = json.loads(key)
    name = str(parts.pop("protocol")).replace("_", " ")
    parts.pop("kind", None)
    block = parts.pop("block_deg", None)
    words = [name, *([f"block {block:g} deg"] if block else [])]
    rest = (k.replace("_", " ") + ("" if v is True else f" {v}") for k, v in parts.items())
    return ", ".join([*words, *rest])


def block_of(key: str) -> str:
    """Return the block that a comparability key names, deg; 0 is the flat floor."""
    return f"{json.loads(key).get('block_deg') or 0:g}"


def block_words(block: str) -> str:
    """Return a block as a person says it."""
    return _("flat floor") if block == "0" else _("{block} deg").format(block=block)
