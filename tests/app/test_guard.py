"""Only this computer, only this page, only with the token; and nothing of a person in addresses."""

import asyncio
import errno
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
from urllib.error import HTTPError
from urllib.request import HTTPCookieProcessor, Request, build_opener

import httpx
import pytest
from starlette.responses import PlainTextResponse

from anklet.app import guard as guarding
from anklet.app.guard import Guard
from anklet.app.server import listen
from anklet.errors import UsageError
from anklet.store import Store

PORT = 8123


def let_in(server):
    """Who asks with the cookie."""
    opener = build_opener(HTTPCookieProcessor())
    opener.open(server.address, timeout=30).read()
    return opener


def ask(server, path="/", headers=None, cookies=True, opener=None):
    """Status, headers and text of one request, with the token's cookie or without."""
    opener = opener or (let_in(server) if cookies else build_opener())
    try:
        with opener.open(Request(server.origin + path, headers=headers or {}), timeout=30) as got:
            return got.status, got.headers, got.read().decode()
    except HTTPError as error:
        return error.code, error.headers, error.read().decode()


def test_without_the_token_there_is_nothing(server):
    for path in ("/", "/visit", "/person/x", "/live", "/static/app.css", "/?token=no", "/export/x"):
        status, _, text = ask(server, path, cookies=False)
        assert status == 403
        assert "anklet app" in text


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:80"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://127.0.0.1"},
    ],
)
def test_other_hosts_and_origins_are_refused(server, headers):
    assert ask(server, headers=headers)[0] == 403


def test_a_websocket_of_another_origin_is_refused(server):
    host, port = server.origin.split("//")[1].split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=30)
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    key = {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    connection.request("GET", "/live", headers={**upgrade, **key, "Origin": "http://evil.example"})
    assert connection.getresponse().status == 403


def test_what_a_browser_may_do_is_said(server):
    status, headers, _ = ask(server)
    assert status == 200
    assert "default-src 'self'" in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"


def test_the_cookie_for_the_token_is_kept_from_scripts(server):
    jar = HTTPCookieProcessor()
    got = build_opener(jar).open(server.address, timeout=30)
    assert "token" not in got.url
    (cookie,) = jar.cookiejar
    assert cookie.value not in server.address
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite").lower() == "strict"


def test_unknown_addresses_say_so(server):
    assert "Nobody is found" in ask(server, "/person/0123456789abcdef")[2]
    assert ask(server, "/report/nobody/1")[0] == 404
    assert ask(server, "/leg/left/9999.json")[0] == 404
    assert ask(server, "/leg/middle/10.json")[0] == 404
    assert ask(server, "/leg/left/x.json")[0] == 422


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/nope", 404, "Nothing is found under this address."),
        ("/nope/<script>alert(1)</script>", 404, "Nothing is found under this address."),
        ("/static/nope.css", 404, "Nothing is found under this address."),
        ("/_nicegui/nope", 404, "Nothing is found under this address."),
        ("/report/nobody/1", 404, "Nobody is found under this address."),
        ("/report/nobody/abc", 404, "Nothing is found under this address."),
        ("/report/nobody/1?pdf=perhaps", 422, "This address cannot be read"),
        ("/export/nobody", 404, "Nobody is found under this address."),
        ("/leg/left/abc.json", 422, "This address cannot be read"),
    ],
)
def test_what_is_not_there_is_a_page_of_the_app(server, path, status, words):
    told, headers, page = ask(server, path)
    assert told == status
    is_a_page(headers, page)
    assert words in page
    assert "alert" not in page


def is_a_page(headers, page):
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'self'" in headers["content-security-policy"]
    assert page.startswith("<!doctype html>")
    assert 'href="/">To all people</a>' in page
    assert "//" not in page, "nothing is fetched from elsewhere"


def test_a_report_that_is_not_there_is_told(server):
    with Store.open(str(server.store)) as store:
        store.add_person("K-014")
    ref = re.search(r"/person/([0-9a-f]{16})", ask(server)[2]).group(1)
    status, headers, page = ask(server, f"/report/{ref}/999999")
    assert status == 404
    is_a_page(headers, page)
    assert "K-014 has no analysed assessment 999999; check the number" in page


@pytest.mark.parametrize("path", ["/", "/person/x", "/report/x/1", "/export/x"])
def test_a_fault_tells_no_browser_and_no_terminal_of_a_person(start, path):
    server = start()
    opener = let_in(server)
    server.spoil("break")
    status, headers, page = ask(server, path, opener=opener)
    assert status == 500
    is_a_page(headers, page)
    assert "Anklet has a fault here; try it again, or look into the terminal" in page
    told = server.stop()
    assert told.count("Anklet has a fault:") == 1
    assert "RuntimeError" in told
    assert "fast_app.py" in told
    assert "K-014" not in told + page


@pytest.mark.parametrize("path", ["/", "/person/x", "/report/x/1", "/export/x"])
def test_a_store_that_cannot_be_read_is_told(start, path):
    server = start()
    server.spoil("lock")
    status, _, page = ask(server, path)
    assert status == (200 if path == "/" else 409)
    assert "The store is in use." in page
    assert server.stop() == ""


def test_who_leaves_before_the_answer_is_no_fault(server):
    cookies = HTTPCookieProcessor()
    build_opener(cookies).open(server.address, timeout=30).read()
    held = "; ".join(f"{c.name}={c.value}" for c in cookies.cookiejar)
    host = server.origin.split("//")[1]
    request = f"GET /favicon.ico HTTP/1.1\r\nHost: {host}\r\nCookie: {held}\r\n\r\n"
    for _ in range(100):
        with socket.create_connection(host.split(":"), timeout=30) as one:
            one.sendall(request.encode())
    assert ask(server)[0] == 200
    assert server.stop() == ""


def test_the_leg_is_drawn_by_the_report(server):
    from anklet.report import leg_drawing

    told = json.loads(ask(server, "/leg/left/20.json")[2])
    n = round((10.0 - told["first_deg"]) / told["step_deg"])
    assert told["drawings"][n] == leg_drawing(10.0, 20.0, "left")
    for block in ("nan", "inf", "46"):
        assert ask(server, f"/leg/left/{block}.json")[0] == 404


class Browser:
    """One with its own cookies."""

    def __init__(self, guard):
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(guard),
            base_url=f"http://127.0.0.1:{PORT}",
            follow_redirects=True,
        )

    def get(self, address, **headers):
        return asyncio.run(self._client.get(address, headers=headers))


@pytest.fixture
def guard():
    return Guard(PlainTextResponse("in"), PORT)


def test_the_shown_address_serves_again_and_in_another_browser(guard):
    for browser in (Browser(guard), Browser(guard)):
        for _ in range(2):
            assert browser.get(f"/?token={guard.token}").text == "in"
        assert browser.get("/").text == "in"
    assert Browser(guard).get("/").status_code == 403


def test_a_ticket_serves_once(guard):
    ticket = guard.ticket()
    browser = Browser(guard)
    got = browser.get(f"/?token={ticket}")
    assert (got.text, got.url.query) == ("in", b"")
    assert browser.get(f"/?token={ticket}").url.query == b"", "who is in already is sent on"
    assert Browser(guard).get(f"/?token={ticket}").status_code == 403


def test_a_ticket_of_somebody_who_is_in_is_spent_as_well(guard):
    ticket, browser = guard.ticket(), Browser(guard)
    browser.get(f"/?token={guard.token}")
    assert browser.get(f"/?token={ticket}").text == "in"
    assert Browser(guard).get(f"/?token={ticket}").status_code == 403


def test_a_ticket_that_was_not_used_in_time_is_void(guard, monkeypatch):
    monkeypatch.setattr(guarding, "TICKET_S", -1.0)
    assert Browser(guard).get(f"/?token={guard.ticket()}").status_code == 403


def test_no_token_is_the_cookies_secret(guard):
    ticket = guard.ticket()
    for token in (guard.token, ticket):
        assert Browser(guard).get("/", cookie=f"anklet-{PORT}={token}").status_code == 403


def test_the_browsers_command_line_holds_a_ticket(tmp_path):
    told = tmp_path / "told"
    browser = tmp_path / "browser.sh"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" > {told}.part; mv {told}.part {told}\n')
    browser.chmod(0o700)
    app = subprocess.Popen(
        [sys.executable, "-m", "anklet", "app", "--store", str(tmp_path / "app.sqlite")],
        env={**os.environ, "BROWSER": f"{browser} %s"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        shown = app.stdout.readline().split()[3]
        wait_until(told.exists)
        opened = told.read_text()
        assert opened.split("=")[0] == shown.split("=")[0]
        assert opened != shown
        assert build_opener(HTTPCookieProcessor()).open(opened, timeout=30).status == 200
        with pytest.raises(HTTPError, match="403"):
            build_opener(HTTPCookieProcessor()).open(opened, timeout=30)
        assert build_opener(HTTPCookieProcessor()).open(shown, timeout=30).status == 200
    finally:
        app.terminate()
        app.communicate(timeout=60)


def wait_until(true):
    end = time.monotonic() + 60.0
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_port_that_is_taken_is_told():
    with listen(0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"Port {port} of this computer is taken; choose"):
            listen(port)


@pytest.mark.parametrize("port", [70000, -1])
def test_a_port_that_does_not_exist_is_told(port):
    with pytest.raises(UsageError, match=f"There is no port {port}; choose one from 1 to 65535"):
        listen(port)


def test_a_port_that_is_not_allowed_is_told(monkeypatch):
    monkeypatch.setattr(socket, "socket", Refusing)
    with pytest.raises(UsageError, match="does not let you open port 80; choose one from 1024"):
        listen(80)


class Refusing(socket.socket):
    """What the system says below 1024 to who isn't its administrator."""

    def bind(self, address):
        raise PermissionError(errno.EACCES, "Permission denied")


def test_where_the_system_can_the_port_is_nobody_elses(monkeypatch):
    asked = []
    monkeypatch.setattr(socket, "SO_EXCLUSIVEADDRUSE", -5, raising=False)
    monkeypatch.setattr(socket.socket, "setsockopt", lambda self, *what: asked.append(what))
    listen(0).close()
    assert asked == [(socket.SOL_SOCKET, -5, 1)]
