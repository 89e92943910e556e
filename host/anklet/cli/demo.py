"""``anklet demo``: twelve weekly visits of one simulated person, through the whole path."""

import time
from pathlib import Path

from anklet.cli.show import out, progress, say, show_analysis, show_trends
from anklet.errors import DataError
from anklet.exchange.files import atomic_write
from anklet.report import render_report
from anklet.store import Store
from anklet.visits import choose_key, leading_measure, trends
from anklet.visits.report_pages import report_of
from anklet.visits.simulated_course import CODE, WEEKS, simulate_course


def run(folder: Path) -> None:
    """Simulate, send through packets, keep, analyse, print, and write the report."""
    began = time.monotonic()
    database = folder / "demo.sqlite"
    _clear(folder, database)
    out.print(f"{WEEKS} weekly visits of {CODE}, right ankle recovering: split squats on a block.")
    with Store.open(str(database)) as store:
        with progress("Simulating, storing, analysing", WEEKS) as bar:
            simulate_course(store, lambda: bar.advance(bar.task_ids[0]))
        key = choose_key(store, CODE, None)
        visits = store.summaries(CODE, key)
        fitted = trends(visits, "right")
        page = report_of(store, CODE, visits[-1].assessment.id)
    atomic_write(folder / "report.html", render_report(page))
    out.print("\nThe last visit:")
    show_analysis(page.analysis)
    show_trends(fitted, leading_measure(visits))
    say(f"\nReport: {folder / 'report.html'}")
    say(f"Data:   {database} (try: anklet compare --person {CODE} --store {database})")
    out.print(f"All of it simulated, in {time.monotonic() - began:.0f} s.", style="dim")


def _clear(folder: Path, database: Path) -> None:
    """Make the folder; remove an earlier demo's database, and no other."""
    if database.exists():
        with Store.open(str(database), create=False) as store:
            others = [p.code for p in store.people() if p.code != CODE]
        if others:
            raise DataError(
                f"{database} holds {others[0]}, who is not of the demo; choose another folder with "
                "--out."
            )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob(f"{database.name}*"):
            old.unlink()
    except OSError as error:
        raise DataError(
            f"The folder {folder} cannot be used ({error.strerror}); choose another with --out."
        ) from error
