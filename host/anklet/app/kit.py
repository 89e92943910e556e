"""Plain HTML elements with a class and a label: the browser's own controls, keyboard included."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nicegui import Client, ui
from nicegui.elements.mixins.text_element import TextElement

from anklet.app.presses import Handler, on_press
from anklet.app.texts import _


def tag(name: str, classes: str = "", **props: Any) -> ui.element:
    """Add an element; its attributes are set one by one, never parsed from text."""
    return _dressed(ui.element(name), classes, props)


def text(words: str, name: str = "p", classes: str = "", **props: Any) -> TextElement:
    """Add an element with text, which is escaped by the browser's own means."""
    return _dressed(TextElement(tag=name, text=words), classes, props)


def button(words: str, on_click: Handler, classes: str = "", **props: Any) -> TextElement:
    """Add a button."""
    made = text(words, "button", classes, type="button", **props)
    on_press(made, on_click)
    return made


def link(words: str, to: str, classes: str = "", **props: Any) -> TextElement:
    """Add a link inside the app."""
    return text(words, "a", classes, href=to, **props)


def field(
    words: str,
    on_change: Callable[[str], Any],
    value: str = "",
    *,
    kind: str = "text",
    hint: str = "",
    on: str = "input",
    **props: Any,
) -> ui.element:
    """Add a labelled input and return it; ``on_change`` gets its text at each event."""
    with tag("label", "field"):
        text(words, "span")
        shown = tag("input", type=kind, **props)
        shown.props["^value"] = value  # the attribute: Vue writes the property at each change
        shown.on(on, lambda e: on_change(str(e.args)), js_handler="(e) => emit(e.target.value)")
        if hint:
            text(hint, "small", "muted")
    return shown


def as_number(told: str, what: str) -> float | None:
    """Return the number that was typed, None for nothing; ValueError with a sentence else."""
    if not str(told).strip():
        return None
    try:
        number = float(str(told).replace(",", "."))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(_("{what} is not a number.").format(what=what))
    return number


def choice(
    words: str,
    options: Mapping[str, str],
    value: str,
    on_change: Callable[[str], Any],
    **props: Any,
) -> ui.element:
    """Add a labelled drop-down of value to words."""
    with tag("label", "field") as label:
        text(words, "span")
        with tag("select", **props) as select:
            for key, shown in options.items():
                option = text(shown, "option", value=key)
                option.props["selected"] = key == value
        select.on(
            "change", lambda e: on_change(str(e.args)), js_handler="(e) => emit(e.target.value)"
        )
    return label


def check(words: str, value: bool, on_change: Callable[[bool], Any]) -> ui.element:
    """Add a labelled checkbox."""
    with tag("label", "check") as label:
        box = tag("input", type="checkbox")
        box.props["checked"] = value
        box.on(
            "change", lambda e: on_change(bool(e.args)), js_handler="(e) => emit(e.target.checked)"
        )
        text(words, "span")
    return label


def focus(client: Client, name: str) -> None:
    """Put the focus on the element of an id, also on one that was made just now."""
    client.run_javascript(f"document.getElementById({json.dumps(name)})?.focus()")


def figure(svg: str, caption: str = "") -> None:
    """Add a figure of the report: SVG that this program drew."""
    with tag("figure"):
        with scrolling(caption or _("Figure")):
            ui.html(svg, sanitize=False)
        if caption:
            text(caption, "figcaption")


def table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], classes: str = "", caption: str = ""
) -> None:
    """Add a table of words; the first cell of a row is its heading."""
    with scrolling(caption or _("Table")), tag("table", classes):
        if caption:
            text(caption, "caption", "visually-hidden")
        with tag("thead"), tag("tr"):
            for head in heads:
                text(head, "th", scope="col")
        with tag("tbody"):
            for row in rows:
                with tag("tr"):
                    text(row[0], "th", scope="row")
                    for cell in row[1:]:
                        text(cell, "td")


def scrolling(label: str) -> ui.element:
    """Add a part that scrolls sideways where it is too wide, by keyboard as well."""
    return tag("div", "scroll", tabindex="0", role="region", aria_label=label)


def _dressed(element: Any, classes: str, props: Mapping[str, Any]) -> Any:
    if classes:
        element.classes(classes)
    for name, value in props.items():
        element.props[name.rstrip("_").replace("_", "-")] = value
    return element
