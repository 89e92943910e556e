"""What goes wrong: one sentence to the browser, and to the terminal where it went wrong.

What an exception says may be about a person; it reaches neither the browser nor the terminal,
unless it is Anklet's own sentence for the one at the screen.
"""

import logging
import traceback
from html import escape
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from anklet.app.texts import _
from anklet.errors import AnkletError

LOG = "anklet.app"
LOGS = (LOG, "uvicorn.error", "nicegui", "asyncio")
FAULT = _("Anklet has a fault here; try it again, or look into the terminal it was started in.")
NO_ANSWER = "No response returned."
"""Starlette's middleware raises it when a browser leaves before its answer, as by a reload."""
WORDS = {
    404: _("Nothing is found under this address."),
    422: _("This address cannot be read; it is misspelt or not complete."),
}
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{head} · Anklet</title>
<link rel="stylesheet" href="/tokens.css">
<link rel="stylesheet" href="/static/app.css">
</head>
<body>
<header class="top"><a class="brand" href="/" aria-label="{home}">Anklet</a>
<nav aria-label="{pages}"><a href="/">{people}</a></nav></header>
<main class="page"><h1>{head}</h1><p>{words}</p><a class="button main" href="/">{back}</a></main>
</body>
</html>
"""


def error_page(words: str, status: int) -> HTMLResponse:
    """Return a page that says why there is no other."""
    told = {
        "head": _("Not found") if status == 404 else _("This did not work"),
        "words": words,
        "home": _("Anklet, all people"),
        "pages": _("Pages"),
        "people": _("People"),
        "back": _("To all people"),
    }
    return HTMLResponse(PAGE.format(**{k: escape(v) for k, v in told.items()}), status)


def words_for(error: Exception) -> str:
    """Return what the one at the screen is told."""
    return str(error) if isinstance(error, AnkletError) else FAULT


def add_to(*apps: FastAPI) -> None:
    """Let applications answer with the page, and logs tell nothing of a person."""
    for app in apps:
        for kind in (404, HTTPException, RequestValidationError, AnkletError, Exception):
            app.add_exception_handler(kind, _answer)
    for name in LOGS:
        log = logging.getLogger(name)
        if not any(isinstance(f, _WithoutWords) for f in log.filters):
            log.addFilter(_WithoutWords())


def but_for_who_left(app: ASGIApp) -> ASGIApp:
    """Return an application that finds no fault in a browser which left before its answer."""

    async def serving(scope: Scope, receive: Receive, send: Send) -> None:
        left = False

        async def receiving() -> Message:
            nonlocal left
            message = await receive()
            left = left or message["type"] == "http.disconnect"
            return message

        try:
            await app(scope, receiving, send)
        except RuntimeError as error:
            if not left or error.args != (NO_ANSWER,):
                raise

    return serving


def _answer(_request: Request, error: Exception) -> HTMLResponse:
    if isinstance(error, HTTPException):
        status = error.status_code
        answer = error_page(WORDS.get(status, _("This address does not work that way.")), status)
        answer.headers.update(error.headers or {})
        return answer
    if isinstance(error, RequestValidationError):
        return error_page(WORDS[422], 422)
    return error_page(words_for(error), 409 if isinstance(error, AnkletError) else 500)


class _WithoutWords(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        """Keep where an exception came from and its kind."""
        info: Any = record.exc_info
        if info and info[1] is not None:
            kind, _error, trace = info
            record.msg, record.args, record.exc_info = _("Anklet has a fault:"), (), None
            record.exc_text = "".join(traceback.format_tb(trace)) + kind.__name__
        return True
