"""People to results: what goes in comes out, and what cannot go in is said."""

from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from anklet.errors import StoreError, UsageError
from anklet.model import Placement
from anklet.store import Event, Person, Provenance, Store, key_text
from anklet.store.results import results_query
from anklet.store.schema import AssessmentRow, PersonRow, ResultRow, VisitRow

LEFT_SHANK, RIGHT_SHANK = Placement("left", "shank"), Placement("right", "shank")
LEFT_FOOT = Placement("left", "foot")
NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
PROVENANCE = Provenance(
    input_digest="0" * 64,
    algorithm=3,
    software="0.1.0",
    protocol="split_squat@1",
    norms="2025-01",
    settings={"block_deg": 20.0, "mount": "nominal"},
    calibration={"left shank": {"axis_xyz": [0.0, 0.0, 1.0], "zero_s": None}},
)


def test_people(store: Store) -> None:
    added = store.add_person("K-014", "right", date(2025, 1, 5), "Wade, größer ↑")
    assert store.person("K-014") == added
    store.add_person("K-009")
    assert store.people() == [Person("K-009"), added]
    with pytest.raises(StoreError, match="has a person K-014 already"):
        store.add_person("K-014")
    with pytest.raises(StoreError, match="knows no person K-1;"):
        store.person("K-1")


@pytest.mark.parametrize("code", ["", "a" * 33, "Jane Doe", "a/b", "ä", "a\n", "'; --"])
def test_person_codes_are_plain(store: Store, code: str) -> None:
    with pytest.raises(UsageError, match="cannot be used"):
        store.add_person(code)
    assert store.people() == []


def test_visits_are_in_order_and_in_utc(store: Store) -> None:
    store.add_person("K-014")
    tokyo = timezone(timedelta(hours=9))
    late = store.add_visit("K-014", NOON + timedelta(days=7), "second")
    early = store.add_visit("K-014", NOON.astimezone(tokyo))
    local = store.add_visit("K-014", datetime(2025, 6, 1, 9, 30))
    visits = store.visits("K-014")
    assert [v.id for v in visits] == [early, late, local]
    assert [v.at for v in visits[:2]] == [NOON, NOON + timedelta(days=7)]
    assert visits[0].at.utcoffset() == timedelta(0)
    assert visits[2].at.astimezone().replace(tzinfo=None) == datetime(2025, 6, 1, 9, 30)
    with pytest.raises(StoreError, match="knows no person nobody"):
        store.add_visit("nobody", NOON)


def test_assessments(store: Store) -> None:
    store.add_person("K-014")
    visit = store.add_visit("K-014", NOON)
    key = {"block_deg": 20.0, "knee": "bent", "footwear": None}
    number = store.add_assessment(visit, "active", "split_squat", key)
    (held,) = store.assessments(visit)
    assert (held.id, held.visit_id, held.kind, held.protocol) == (
        number,
        visit,
        "active",
        "split_squat",
    )
    assert held.key == key
    assert held.key_text == key_text("active", "split_squat", {"block_deg": 20, "knee": "Bent "})
    with pytest.raises(StoreError, match="no visit 99"):
        store.add_assessment(99, "active", "split_squat", {})
    with pytest.raises(StoreError, match="plain JSON"):
        store.add_assessment(visit, "active", "split_squat", {"block_deg": float("nan")})
    assert len(store.assessments(visit)) == 1


def test_keys_that_differ_in_one_thing_differ() -> None:
    texts = {
        key_text("active", "split_squat", {}),
        key_text("passive", "split_squat", {}),
        key_text("active", "lunge", {}),
        key_text("active", "split_squat", {"block_deg": 20}),
        key_text("active", "split_squat", {"block_deg": 20.5}),
        key_text("active", "split_squat", {"block_deg": "20"}),
    }
    assert len(texts) == 6


def test_imported_files(store: Store, assessment: int) -> None:
    data = bytes(range(256)) * 40
    column_map = {"time": "Timestamp", "scale": 9.81}
    right = store.add_recording_file(assessment, RIGHT_SHANK, "right.csv", data, column_map)
    left = store.add_recording_file(assessment, LEFT_SHANK, "left.csv", data)
    assert store.add_recording_file(assessment, LEFT_SHANK, "copy.csv", data) == left
    with pytest.raises(StoreError, match="another column map"):
        store.add_recording_file(assessment, LEFT_SHANK, "left.csv", data, column_map)
    held = store.recordings(assessment)
    assert [(r.id, r.placement, r.name, r.column_map) for r in held] == [
        (left, LEFT_SHANK, "left.csv", None),
        (right, RIGHT_SHANK, "right.csv", column_map),
    ]
    assert {r.sha256 for r in held} == {sha256(data).hexdigest()}
    assert store.recording_bytes(left) == data
    with pytest.raises(StoreError, match="no imported file as recording 99"):
        store.recording_bytes(99)
    with pytest.raises(StoreError, match="no assessment 99"):
        store.add_recording_file(99, LEFT_SHANK, "left.csv", data)


def test_streams_are_recordings(store: Store, assessment: int, packet: Any) -> None:
    number = store.add_recording_stream(assessment, "abc", 2**32 - 1, LEFT_FOOT, "blue")
    again = store.add_recording_stream(assessment, "abc", 2**32 - 1, LEFT_FOOT, "blue")
    assert again == number
    (held,) = store.recordings(assessment)
    assert (held.sensor_id, held.stream, held.sha256) == ("abc", 2**32 - 1, None)
    with pytest.raises(StoreError, match="no imported file"):
        store.recording_bytes(number)


def test_input_digest_follows_the_inputs_alone(store: Store, assessment: int, packet: Any) -> None:
    store.put_packets("abc", [packet(1, seq) for seq in (0, 2)])
    other = store.add_assessment(store.visits("K-014")[0].id, "active", "split_squat", {})
    store.add_recording_stream(assessment, "abc", 1, LEFT_FOOT, "blue")
    store.add_recording_file(assessment, LEFT_SHANK, "a.csv", b"1,2")
    store.add_recording_file(other, LEFT_SHANK, "b.csv", b"1,2")
    store.add_recording_stream(other, "abc", 1, LEFT_FOOT, "red")
    digest = store.input_digest(assessment)
    assert digest == store.input_digest(other)
    store.put_packets("abc", [packet(1, 0)])
    assert store.input_digest(assessment) == digest
    store.put_packets("abc", [packet(1, 1)])
    assert store.input_digest(assessment) == store.input_digest(other) != digest
    store.add_recording_file(other, RIGHT_SHANK, "c.csv", b"1,2")
    assert store.input_digest(other) != store.input_digest(assessment)


def test_input_digest_is_frozen(store: Store, assessment: int) -> None:
    """Results kept by earlier versions name it: it must not change."""
    store.add_recording_file(assessment, LEFT_SHANK, "a.csv", b"1,2", {"t_s": "time"})
    line = (
        '{"column_map":{"t_s":"time"},"file":"'
        + sha256(b"1,2").hexdigest()
        + '","placement":"left shank"}'
    )
    assert store.input_digest(assessment) == sha256(line.encode()).hexdigest()


def test_calibrations_are_kept_in_order(store: Store, assessment: int) -> None:
    visit = store.visits("K-014")[0].id
    assert store.calibrations(visit) == []
    for degrees in (1.5, 2.5):
        store.put_calibration(visit, LEFT_SHANK, {"misalignment_deg": degrees, "zero_s": None})
    store.put_calibration(visit, RIGHT_SHANK, {"misalignment_deg": 9.0})
    assert store.calibrations(visit) == [
        (LEFT_SHANK, {"misalignment_deg": 1.5, "zero_s": None}),
        (LEFT_SHANK, {"misalignment_deg": 2.5, "zero_s": None}),
        (RIGHT_SHANK, {"misalignment_deg": 9.0}),
    ]


def test_events(store: Store, assessment: int) -> None:
    pain = Event("pain", 12.25, {"score": 3}, "left")
    first, second = (Event("overrule", 4.1, {"df_valid": v}, "right") for v in (False, True))
    marker = Event("marker", 1.0)
    store.put_events(assessment, [pain, first])
    store.put_events(assessment, [second, marker])
    assert store.events(assessment) == [marker, first, second, pain]


def test_results_keep_their_provenance_and_their_predecessors(
    store: Store, assessment: int
) -> None:
    assert store.latest_result(assessment) is None
    old = store.put_result(assessment, {"legs": {"left": None}}, PROVENANCE)
    new = store.put_result(assessment, {"legs": {}, "comparison": None}, PROVENANCE)
    latest = store.latest_result(assessment)
    assert latest
    assert (latest.id, latest.analysis) == (new, {"legs": {}, "comparison": None})
    assert latest.provenance == PROVENANCE
    assert abs(latest.created_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert [r.id for r in store.all_results(assessment)] == [old, new]
    with pytest.raises(StoreError, match="without NaN"):
        store.put_result(assessment, {"rom_deg": float("nan")}, PROVENANCE)
    assert [r.id for r in store.all_results(assessment)] == [old, new]


def test_trend_takes_the_latest_of_each_visit_and_mixes_no_keys(store: Store) -> None:
    store.add_person("K-014")
    store.add_person("K-015")
    for week in (2, 0, 1):
        visit = store.add_visit("K-014", NOON + timedelta(weeks=week))
        for block in (20, 0) if week else (20,):
            number = store.add_assessment(visit, "active", "squat", {"block_deg": block})
            for attempt in ("old", "new"):
                store.put_result(number, {"is": [week, block, attempt]}, PROVENANCE)
        store.add_assessment(visit, "active", "squat", {"block_deg": 20})
    on_block = key_text("active", "squat", {"block_deg": 20})
    found = store.results("K-014", on_block)
    assert [r.analysis["is"] for r in found] == [[week, 20, "new"] for week in (0, 1, 2)]
    assert [r.at for r in found] == [NOON + timedelta(weeks=week) for week in (0, 1, 2)]
    assert {r.assessment.key_text for r in found} == {on_block}
    assert len(store.results("K-014")) == 5
    assert [(k.key["block_deg"], k.results) for k in store.keys("K-014")] == [(20, 3), (0, 2)]
    assert store.results("K-015") == store.keys("K-015") == []
    with pytest.raises(StoreError, match="knows no person K-1;"):
        store.results("K-1")


def test_ten_thousand_visits_use_the_indexes(tmp_path: Path) -> None:
    with Store.open(str(tmp_path / "anklet.sqlite")) as store:
        people, visits = 100, 10_000
        text = key_text("active", "squat", {})
        person = {"notes": "", "created_at": NOON}
        visit = {"at": NOON, "notes": ""}
        assessment = {"kind": "active", "protocol": "squat", "key": {}, "key_text": text}
        result = {"analysis": {}, "created_at": NOON, **asdict(PROVENANCE)}
        with store._writer.begin() as connection:
            for table, rows in (
                (PersonRow, [{"id": i, "code": f"K-{i}", **person} for i in range(people)]),
                (VisitRow, [{"id": i, "person_id": i % people, **visit} for i in range(visits)]),
                (AssessmentRow, [{"id": i, "visit_id": i, **assessment} for i in range(visits)]),
                (ResultRow, [{"id": i, "assessment_id": i, **result} for i in range(visits)]),
            ):
                connection.execute(insert(table), rows)
        query = (
            results_query("K-7")
            .where(AssessmentRow.key_text == text)
            .compile(store._engine, compile_kwargs={"literal_binds": True})
        )
        with store._engine.connect() as connection:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}").all()
        steps = "\n".join(row[3] for row in plan)
        assert "SCAN" not in steps, steps
        for index in (
            "ix_visits_person_id_at",
            "ix_assessments_visit_id",
            "ix_results_assessment_id_id",
        ):
            assert index in steps
        assert len(store.results("K-7", text)) == visits / people
