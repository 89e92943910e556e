"""Commands that work on the store: import, trend, compare, report, export, reanalyze."""

import dataclasses
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from anklet.analysis import Settings
from anklet.cli.analyze import column_map, read_files
from anklet.cli.persons import NewVisit, new_assessment, person_of
from anklet.cli.show import (
    err,
    out,
    progress,
    say,
    show_analysis,
    show_calibrations,
    show_comparison,
    show_course,
    show_gaps,
    show_trends,
)
from anklet.errors import AnkletError, DataError, StoreError, UsageError
from anklet.exchange.analysis_json import dump_json
from anklet.exchange.csv_out import write_samples
from anklet.exchange.files import atomic_write
from anklet.exchange.tables import write_table
from anklet.model import Placement, Trend
from anklet.report import Paper, render_pdf, render_report
from anklet.store import CALIBRATION, Store, default_url
from anklet.visits import (
    NewAssessment,
    choose_key,
    keep_result,
    leading_measure,
    load_recordings,
    recompute,
    refresh_calibrations,
    standing,
    trends,
)
from anklet.visits import import_calibration as keep_calibration_files
from anklet.visits import import_files as keep_files
from anklet.visits.archive import write_everything
from anklet.visits.deleting import open_store
from anklet.visits.filtering import filtered_summaries, tags_of
from anklet.visits.gaps import latest_gaps
from anklet.visits.remarks import remarks_of
from anklet.visits.report_pages import report_of
from anklet.visits.tables import rep_rows, visit_rows


def import_files(
    url: str | None,
    visit: NewVisit,
    files: dict[Placement, Path],
    settings: Settings,
    columns: str | None,
    calibration_files: dict[Placement, Path],
) -> None:
    """Keep files of a visit and print what they measure."""
    new = new_assessment(visit, settings)
    if new.protocol == CALIBRATION:
        if calibration_files:
            raise UsageError("The files are a calibration themselves; leave --calibration out.")
        _import_calibration(url, visit, new, files, columns)
        return
    read = read_files(files, columns)
    before = read_files(calibration_files, columns) if calibration_files else {}
    with open_store(url or default_url()) as store:
        person = person_of(store, visit)
        analysis = keep_files(
            store,
            person,
            new,
            {p: (files[p].name, read[p]) for p in files},
            column_map(columns),
            dataclasses.replace(settings, involved=person.involved),
            {p: (calibration_files[p].name, before[p]) for p in before},
        )
    show_analysis(analysis)
    say(f"\nKept as the visit of {person.code} on {new.at:%Y-%m-%d %H:%M}.")


def _import_calibration(
    url: str | None,
    visit: NewVisit,
    new: NewAssessment,
    files: dict[Placement, Path],
    columns: str | None,
) -> None:
    read = read_files(files, columns)
    with open_store(url or default_url()) as store:
        person = person_of(store, visit)
        named = {p: (files[p].name, read[p]) for p in files}
        found = keep_calibration_files(store, person, new, named, column_map(columns))
    show_calibrations(found)
    say(
        f"\nKept for the visit of {person.code} on {new.at:%Y-%m-%d %H:%M}: what is imported into "
        "it from now on uses it."
    )


def trend(
    url: str | None, person_code: str, key: str | None, tags: Sequence[str], as_json: bool
) -> None:
    """Print the course of each measure."""
    with _opened(url) as store:
        person = store.person(person_code)
        chosen = choose_key(store, person_code, key)
        held = filtered_summaries(store, person_code, chosen, tags=tags)
        if not held:
            raise StoreError(_no_tag(tags, tags_of(store, person_code)))
        others = sum(k.results for k in store.keys(person_code)) - len(held)
    fitted, stands = trends(held, person.involved), standing(held, person.involved)
    steady = stands.consistency if stands else None
    if as_json:
        plain: dict[str, Any] = {
            m: {who: _trend_json(t) for who, t in legs.items()} for m, legs in fitted.items()
        }
        head = {"schema": "anklet.trend/1", "person": person_code, "key": chosen, "tags": tags}
        plain["consistency"] = dataclasses.asdict(steady) if steady else None
        print(dump_json(head | plain), end="")
        return
    tagged = "".join(f", tag {tag}" for tag in tags)
    say(f"{person_code}: {_words(chosen)}{tagged}")
    if any(fitted.values()):
        show_trends(fitted, leading_measure(held))
        show_course(None, steady, person.involved)
    else:
        say("It has no reps whose course could be followed; anklet report shows what it has.")
    if others:
        which = "another key or without the tag" if tags else "another key"
        say(f"Not among these: {others} results of {person_code} with {which}.")
    if len({visit.algorithm for visit in held}) > 1:
        say("Note: not all were analysed by the same version of the method; run anklet reanalyze.")


def compare(url: str | None, person_code: str, key: str | None, as_json: bool) -> None:
    """Print the latest visit's comparison, and the one before."""
    with _opened(url) as store:
        held = store.summaries(person_code, choose_key(store, person_code, key))
        gaps = latest_gaps(store, person_code, held[-1])
        involved = store.person(person_code).involved
    stands = standing(held, involved)
    if stands is None and not gaps:
        raise DataError(
            f"No visit of {person_code} has reps of both legs; import both legs' files in one call."
        )
    if as_json:
        found: dict[str, Any] = {
            "at": (stands.at[-1] if stands else held[-1]).at.isoformat(),
            "comparison": dataclasses.asdict(stands.comparisons[-1]) if stands else None,
            "change": dataclasses.asdict(stands.change) if stands and stands.change else None,
            "consistency": dataclasses.asdict(stands.consistency)
            if stands and stands.consistency
            else None,
            "gaps": [dataclasses.asdict(gap) for gap in gaps],
        }
        print(dump_json(found), end="")
        return
    if stands is not None:
        titles = ("Visit before", "Latest visit")[-len(stands.at) :]
        for visit, comparison, which in zip(stands.at, stands.comparisons, titles, strict=True):
            show_comparison(comparison, f"{which}, {visit.at.astimezone():%Y-%m-%d}")
        show_course(stands.change, stands.consistency, stands.comparisons[-1].involved)
    show_gaps(gaps)


def report(url: str | None, person_code: str, key: str | None, path: Path, paper: Paper) -> None:
    """Write the page of the latest visit: a PDF where the name says so, else HTML."""
    with _opened(url) as store:
        chosen = choose_key(store, person_code, key)
        latest = store.summaries(person_code, chosen)[-1]
        page = report_of(store, person_code, latest.assessment.id)
        as_pdf = path.suffix.lower() == ".pdf"
        atomic_write(path, render_pdf(page, paper) if as_pdf else render_report(page))
    say(f"Wrote {path}")


def export(url: str | None, person_code: str, what: str, path: Path) -> None:
    """Write rows of reps or visits, or the samples of every recording."""
    with _opened(url) as store:
        if what == "samples":
            _export_samples(store, person_code, path)
            return
        if what == "everything":
            _export_everything(store, person_code, path)
            return
        results, said = store.results(person_code), remarks_of(store, person_code)
    rows = list(rep_rows(results) if what == "reps" else visit_rows(results, said))
    if not rows:
        raise StoreError(f"The store holds no {what} of {person_code} to export.")
    write_table(path, rows)
    say(f"Wrote {path}: {len(rows)} rows.")


def reanalyze(url: str | None, person_code: str) -> None:
    """Compute every result of a person again."""
    with open_store(url or default_url(), create=False) as store:
        visits = store.visits(person_code)
        refused = [why for visit in visits for why in refresh_calibrations(store, visit.id)]
        assessments = [a for v in visits for a in store.assessments(v.id)]
        held = [a for a in assessments if a.protocol != CALIBRATION and store.recordings(a.id)]
        changed, never, stay = 0, list[str](), list[str]()
        with progress("Analysing", len(held)) as bar:
            for assessment in held:
                before = store.latest_result(assessment.id)
                try:
                    keep_result(store, assessment, *recompute(store, assessment))
                except AnkletError as error:
                    (never if before is None else stay).append(str(error))
                after = store.latest_result(assessment.id)
                changed += after is not None and (
                    before is None or before.analysis != after.analysis
                )
                bar.advance(bar.task_ids[0])
    for why in refused:
        err.print(f"Note: a calibration stays as it was kept: {why}", markup=False, soft_wrap=True)
    for why in never:
        err.print(f"Note: one recording still has no result: {why}", markup=False, soft_wrap=True)
    analysed = len(held) - len(never) - len(stay)
    if analysed or not stay:
        out.print(f"Analysed {analysed} assessments again; {changed} results changed.")
    for why in stay[:-1]:
        err.print(f"Note: a result stays as it was: {why}", markup=False, soft_wrap=True)
    if stay:
        raise DataError(f"A result stays as it was: {stay[-1]}")


def _no_tag(wanted: Sequence[str], known: Sequence[str]) -> str:
    named = f"the tags are {', '.join(known)}" if known else "no assessment has a tag yet"
    return f"No result of this key is tagged {' and '.join(wanted)}; {named}."


def _opened(url: str | None) -> Store:
    return Store.open(url or default_url(), create=False)


def _words(key: str) -> str:
    """A comparability key as a person says it."""
    parts: dict[str, Any] = json.loads(key)
    first = (str(parts.pop(name)).replace("_", " ") for name in ("protocol", "kind"))
    told = [*first]
    told += [name.replace("_", " ") + ("" if v is True else f" {v}") for name, v in parts.items()]
    return ", ".join(told)


def _trend_json(t: Trend) -> dict[str, Any]:
    plain = dataclasses.asdict(t)
    plain["points"] = [
        {"date": date.fromordinal(int(p.day)).isoformat(), **dataclasses.asdict(p)}
        for p in t.points
    ]
    return plain


def _export_samples(store: Store, person_code: str, folder: Path) -> None:
    count = 0
    for visit in store.visits(person_code):
        for assessment in store.assessments(visit.id):
            for recording in load_recordings(store, assessment.id):
                _make_folder(folder)
                where, at = recording.placement, visit.at.astimezone()
                name = f"{at:%Y%m%dT%H%M}-{assessment.id}-{where.side}-{where.segment}.csv"
                write_samples(folder / name, recording.samples)
                count += 1
    if not count:
        raise StoreError(f"The store holds no recordings of {person_code} to export.")
    say(f"Wrote {count} files into {folder}.")


def _export_everything(store: Store, person_code: str, path: Path) -> None:
    if path.suffix.lower() != ".zip":
        raise UsageError(f"{path} must end in .zip; everything of a person is many files.")
    write_everything(store, person_code, path)
    say(f"Wrote {path}; README.txt inside says what is what.")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"The folder {folder} cannot be made ({error.strerror}); choose another."
        ) from error
