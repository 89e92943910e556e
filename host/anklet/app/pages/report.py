"""What leaves the app: the printed page, its PDF, and everything of a person."""

import asyncio
import tempfile
from pathlib import Path

from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse

from anklet.app.desk import Desk
from anklet.app.faults import error_page
from anklet.app.texts import _
from anklet.report import render_pdf, render_report
from anklet.visits.archive import write_everything
from anklet.visits.report_pages import NoReportError, report_of

CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"
"""The report runs no script."""
NOBODY = _("Nobody is found under this address.")


def add_to(app: FastAPI, desk: Desk) -> None:
    """Add the addresses."""

    @app.get("/report/{ref}/{assessment_id:int}")
    async def report(ref: str, assessment_id: int, pdf: bool = False) -> Response:
        person = await desk.person(ref)
        if person is None:
            return error_page(NOBODY, 404)
        try:
            page = await asyncio.to_thread(report_of, desk.store, person.code, assessment_id)
        except NoReportError as error:
            return error_page(str(error), 404)
        if pdf:
            data = await asyncio.to_thread(render_pdf, page)
            name = f"anklet-{person.code}-{page.visit_on}.pdf"
            return _download(data, "application/pdf", name)
        html = await asyncio.to_thread(render_report, page)
        return HTMLResponse(html, headers={"content-security-policy": CSP})

    @app.get("/export/{ref}")
    async def export(ref: str) -> Response:
        person = await desk.person(ref)
        if person is None:
            return error_page(NOBODY, 404)
        data = await asyncio.to_thread(_everything, desk, person.code)
        return _download(data, "application/zip", f"anklet-{person.code}.zip")


def _everything(desk: Desk, code: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "everything.zip"
        write_everything(desk.store, code, path)
        return path.read_bytes()


def _download(data: bytes, kind: str, name: str) -> Response:
    return Response(
        data, media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'}
    )
