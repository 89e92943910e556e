"""Buttons that work to the last moment: a click that comes while its page is made anew counts.

A button is named in the browser by a number of its own and pressed through the page, which stays;
NiceGUI alone drops a click whose button was replaced on its way here.
"""

from collections import OrderedDict
from collections.abc import Callable
from inspect import isawaitable
from typing import Any
from weakref import WeakKeyDictionary

from nicegui import Client, ui
from nicegui.events import GenericEventArguments

Handler = Callable[..., Any]

KEPT = 500
"""Handlers that a page keeps: of many times the buttons that it shows."""

_handlers: WeakKeyDictionary[Client, OrderedDict[int, Handler]] = WeakKeyDictionary()


def listen() -> None:
    """Listen for presses on the page that is being built."""
    handlers = _handlers[ui.context.client] = OrderedDict[int, Handler]()

    async def pressed(event: GenericEventArguments) -> None:
        handler = handlers.get(event.args)
        result = handler() if handler is not None else None
        if isawaitable(result):
            await result

    ui.on("press", pressed)


def on_press(element: ui.element, handler: Handler) -> None:
    """Call a handler when an element is clicked."""
    handlers = _handlers[element.client]
    handlers[element.id] = handler
    while len(handlers) > KEPT:
        handlers.popitem(last=False)
    element.on("click", js_handler=f"() => emitEvent('press', {element.id})")
