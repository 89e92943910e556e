"""Only this computer, only this page, only with the token; and nothing of a person in addresses."""

import http.client
import json
from urllib.error import HTTPError
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest


def ask(server, path="/", headers=None, cookies=True):
    """Status, headers and text of one request, with the token's cookie or without."""
    opener = build_opener(HTTPCookieProcessor())
    if cookies:
        opener.open(server.address, timeout=30).read()
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


def test_the_token_is_handed_over_once_and_kept_from_scripts(server):
    jar = HTTPCookieProcessor()
    got = build_opener(jar).open(server.address, timeout=30)
    assert "token" not in got.url
    (cookie,) = jar.cookiejar
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite").lower() == "strict"


def test_unknown_addresses_say_so(server):
    assert "Nobody is found" in ask(server, "/person/0123456789abcdef")[2]
    assert ask(server, "/report/nobody/1")[0] == 404
    assert ask(server, "/leg/left/9999.json")[0] == 404
    assert ask(server, "/leg/middle/10.json")[0] == 404
    assert ask(server, "/leg/left/x.json")[0] == 422


def test_the_leg_is_drawn_by_the_report(server):
    from anklet.report import leg_drawing

    told = json.loads(ask(server, "/leg/left/20.json")[2])
    n = round((10.0 - told["first_deg"]) / told["step_deg"])
    assert told["drawings"][n] == leg_drawing(10.0, 20.0, "left")
