"""Who may talk to the app: this computer, and only with the token of this start.

The page is served to the loopback interface. A page of another origin that the browser has open
must not reach it (cross-site requests, DNS rebinding), nor another user of this computer: hence
a random secret in a cookie, which the browser gets for a token in the first address. There are two
kinds of token: the one that the terminal shows, which serves as long as the app runs, and tickets
for a browser's command line, which every user can read: those serve once, and soon.
"""

import hmac
import secrets
import time
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CSP = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
"""NiceGUI writes its first state into the page as a script and Vue compiles templates: that is what
unsafe-inline and unsafe-eval are for."""
HEADERS = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), usb=()",
}
TICKET_S = 60.0
"""So long a browser may take to start."""
REFUSAL = (
    "This page is Anklet's, and needs the address that `anklet app` printed when it started; "
    "open that one.\n"
)


class Guard:
    """ASGI middleware: checks host, origin and token, and says what a browser may do.

    Parameters
    ----------
    app : ASGI application
    port : int
        That it is served on.
    token : str, optional
        For the address that is shown; made at random when not given.
    """

    def __init__(self, app: ASGIApp, port: int, token: str | None = None) -> None:
        self._app, self.port = app, port
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self._cookie = f"anklet-{port}"
        self.token = token or secrets.token_urlsafe(24)
        self._secret = secrets.token_urlsafe(24)
        self._tickets: dict[str, float] = {}

    def ticket(self) -> str:
        """Return a token that serves once, within `TICKET_S`."""
        made = secrets.token_urlsafe(24)
        self._tickets[made] = time.monotonic() + TICKET_S
        return made

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, hand the token over, or refuse."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        at_home = headers.get("host", "") in self._hosts and self._same_origin(headers)
        given = _token(scope)
        if at_home and given and (self._takes(given) or self._knows(headers)):
            response = RedirectResponse("/", 303)
            response.set_cookie(self._cookie, self._secret, httponly=True, samesite="strict")
            await response(scope, receive, _with_headers(send, page=True))
        elif at_home and self._knows(headers):
            page = not scope["path"].startswith(("/_nicegui", "/static"))
            await self._app(scope, receive, _with_headers(send, page=page))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            refusal = PlainTextResponse(REFUSAL, 403)
            await refusal(scope, receive, _with_headers(send, page=True))

    def _same_origin(self, headers: Headers) -> bool:
        origin = headers.get("origin")
        return origin is None or (
            urlsplit(origin).scheme == "http" and urlsplit(origin).netloc in self._hosts
        )

    def _takes(self, given: str) -> bool:
        until = self._tickets.pop(given, 0.0)
        return time.monotonic() < until or hmac.compare_digest(given.encode(), self.token.encode())

    def _knows(self, headers: Headers) -> bool:
        try:
            cookies = SimpleCookie(headers.get("cookie", ""))
        except CookieError:
            return False
        held = cookies.get(self._cookie)
        return held is not None and hmac.compare_digest(held.value.encode(), self._secret.encode())


def _token(scope: Scope) -> str:
    """Return the token that an address brings, or nothing."""
    if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
        return ""
    return parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]


def _with_headers(send: Send, *, page: bool) -> Send:
    """Add the headers to a response; what shows people must not stay in the browser's cache."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            if page:
                headers["cache-control"] = "no-store"
        await send(message)

    return sending
