"""The pages: people, a person, a visit, a report."""

from fastapi import FastAPI

from anklet.app.desk import Desk
from anklet.app.pages import people, person, report, visit


def add_to(app: FastAPI, desk: Desk) -> None:
    """Add all pages."""
    people.add_to(desk)
    person.add_to(desk)
    visit.add_to(desk)
    report.add_to(app, desk)
