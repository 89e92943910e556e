"""The demo, as a stranger first runs it."""

import sqlite3


def test_demo(works, tmp_path):
    said = works("demo", "--out", "first look")
    folder = tmp_path / "first look"
    page = (folder / "report.html").read_text()
    assert "DEMO-01" in page
    assert page.count("<svg") >= 3
    assert "http" not in page.replace("http://www.w3.org", "")
    with sqlite3.connect(folder / "demo.sqlite") as database:
        [(visits,)] = database.execute("SELECT count(*) FROM visits").fetchall()
        [(packets,)] = database.execute("SELECT count(*) FROM packets").fetchall()
    database.close()
    assert visits == 12
    assert packets > 1000
    assert str(folder.relative_to(tmp_path) / "report.html") in said
    assert "Left against right" in said
    assert "dorsiflexion, difference" in said
    again = works("compare", "--person", "DEMO-01", "--store", folder / "demo.sqlite")
    assert "right minus left, involved first" in again
