"""``anklet pull``: sets that sensors recorded on their own."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from anklet.analysis import Settings
from anklet.cli.options import AT_FORMATS
from anklet.cli.persons import NewVisit, new_assessment, person_of
from anklet.cli.reach import reach
from anklet.cli.record import sentence
from anklet.cli.sensors import plain
from anklet.cli.show import err, out, plain_table, say, show_analysis, show_calibrations
from anklet.errors import AnkletError, DataError, SensorError, UsageError
from anklet.model import Placement, Segment, Side
from anklet.sensor.finding import link_to
from anklet.sensor.greeting import Identity
from anklet.sensor.keys import OwnerKeys
from anklet.sensor.link import Link
from anklet.sensor.timing import Timing
from anklet.store import CALIBRATION, default_url
from anklet.visits import keep_calibration
from anklet.visits.deleting import open_store
from anklet.visits.pulling import Fetch, Look, Offer, look

TIMING = Timing()


@dataclass(frozen=True)
class How:
    """Which sensors, and where they were worn if nobody had said."""

    sensors: tuple[str, ...]
    side: Side | None
    segment: Segment | None
    search_s: float


def run(url: str | None, visit: NewVisit, settings: Settings, how: How) -> None:
    """List; with a person fetch, keep, analyse and print."""
    if (how.side is None) != (how.segment is None):
        raise UsageError("--side and --segment go together: give both.")
    new = new_assessment(visit, settings)
    place = Placement(how.side, how.segment) if how.side and how.segment else None
    links, looks = asyncio.run(_look(how))
    offers = [offer for seen in looks for offer in seen.offers]
    if not offers:
        say("The sensors hold nothing that is not on a computer already.")
        return
    out.print(_table(offers))
    ready = [offer for offer in offers if not offer.running]
    if len(ready) < len(offers):
        err.print("Note: a set that is being recorded now is left out; end it by a short press.")
    if not visit.person_code:
        say("Say whose they are with --person to fetch them.")
        return
    with open_store(url or default_url()) as store:
        person = person_of(store, visit)
        how_read = replace(settings, involved=person.involved)
        fetch = Fetch(store, person, new.protocol, new.key, how_read, visit.at, place)
        _settle_times(fetch, ready)
        by_assessment = fetch.register(ready)
        troubles = asyncio.run(_fetch(fetch, links, looks, ready))
        for assessment_id in by_assessment:
            try:
                if new.protocol == CALIBRATION:
                    show_calibrations(keep_calibration(store, store.assessment(assessment_id)))
                else:
                    show_analysis(fetch.analyse(assessment_id)[1])
            except AnkletError as error:
                troubles.append(f"A fetched set is kept, but not analysed: {error}")
    for trouble in troubles[:-1]:
        err.print(f"Note: {trouble}", markup=False, soft_wrap=True)
    if troubles:
        raise DataError(troubles[-1])
    say(f"\nKept for {person.code}.")


def _settle_times(fetch: Fetch, offers: Sequence[Offer]) -> None:
    """Ask when sets were recorded whose time is unknown, where there is somebody to ask."""
    try:
        fetch.refuse_unclear(offers)
    except SensorError as error:
        if error.code != "no_time" or not _is_asked():
            raise
        import typer

        say(str(error))
        fetch.at = typer.prompt(
            "When was it recorded (YYYY-MM-DDTHH:MM)", value_proc=_time, err=True
        )


def _is_asked() -> bool:
    return sys.stdin.isatty() and out.is_terminal


def _time(text: str) -> datetime:
    import typer

    for form in AT_FORMATS:
        try:
            return datetime.strptime(text.strip(), form)
        except ValueError:
            continue
    raise typer.BadParameter("write it like 2026-03-02T18:00")


async def _look(how: How) -> tuple[list[Link], list[Look]]:
    found, _ = await reach(how.sensors, how.search_s)
    links: list[Link] = []
    looks: list[Look] = []
    troubles: list[SensorError] = []
    for each in found:
        link = link_to(each)
        try:
            looks.append(await look(link, OwnerKeys(), TIMING))
        except SensorError as error:
            troubles.append(error)
        else:
            links.append(link)
    if not looks:
        raise troubles[0]
    for error in troubles:
        err.print(f"Note: {error}", markup=False, soft_wrap=True)
    return links, looks


async def _fetch(
    fetch: Fetch, links: Sequence[Link], looks: Sequence[Look], ready: Sequence[Offer]
) -> list[str]:
    """Fetch sensor by sensor with a bar each set; return what went wrong."""
    troubles: list[str] = []
    told: list[str] = []
    columns = TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn()
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        tasks: dict[int, TaskID] = {}

        def on_progress(sensor: Identity, stream: int, here: int, whole: int) -> None:
            if stream not in tasks:
                tasks[stream] = bar.add_task(escape(plain(str(sensor))), total=whole)
            bar.update(tasks[stream], completed=here)

        for link, seen in zip(links, looks, strict=True):
            offers = [o for o in seen.offers if o in ready]
            if not offers:
                continue
            try:
                reports = await fetch.fetch(link, seen, offers, OwnerKeys(), on_progress, TIMING)
            except SensorError as error:
                troubles.append(str(error))
                continue
            told += [sentence(report) for report in reports]
    for line in told:
        say(line)
    return troubles


def _table(offers: Sequence[Offer]) -> Table:
    table = plain_table("Sets on the sensors", "sensor")
    for name in ("worn as", "recorded", "length", "packets", "to fetch"):
        table.add_column(name, no_wrap=True)
    for offer in offers:
        when = "time unknown"
        if offer.start_unix_s is not None:
            when = f"{datetime.fromtimestamp(offer.start_unix_s):%Y-%m-%d %H:%M}"
        table.add_row(
            escape(plain(offer.sensor.name or offer.sensor.sensor_id)),
            str(offer.placement or "–"),
            "now" if offer.running else when,
            f"{int(offer.length_s) // 60}:{int(offer.length_s) % 60:02d} min",
            str(offer.holding.packets),
            str(offer.holding.unacknowledged),
        )
    return table
