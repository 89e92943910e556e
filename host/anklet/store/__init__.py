"""The database: people, visits, recordings bit for bit, results with their provenance.

SQLite in one file by default, PostgreSQL by URL. Nothing recorded is ever changed, and
deleted only with the person that it is of.
"""

from anklet.store.courses import Courses, RecentCourse, VisitSummary
from anklet.store.deleting import DeletedPerson, Deleting, Purge
from anklet.store.leaving_out import LeavingOut
from anklet.store.measured import LegMean, Measured, Measures, measured_in
from anklet.store.opening import default_url
from anklet.store.packet_table import PacketTable
from anklet.store.recordings import Recordings
from anklet.store.results import Results
from anklet.store.values import (
    CALIBRATION,
    SIMULATED,
    Assessment,
    ClockEcho,
    Event,
    EventKind,
    KeyCount,
    Person,
    Provenance,
    PutReport,
    Result,
    Sensor,
    SetAside,
    StoredRecording,
    Visit,
    VisitResult,
    check_person_code,
    key_text,
)


class Store(Results, Courses, Measures, LeavingOut, Deleting, Recordings, PacketTable):
    """The whole store, one topic from each of its parents.

    Every method is one transaction. Any of them raises StoreError with a plain sentence when the
    database cannot do it (full disk, no permission, in use, damaged); then nothing was written.

    Examples
    --------
    >>> with Store.open("clinic.sqlite") as store:  # doctest: +SKIP
    ...     store.add_person("K-014", involved="right")
    ...     visit = store.add_visit("K-014", datetime(2025, 3, 1, 10, 0))
    ...     squat = store.add_assessment(visit, "active", "split_squat", {"block_deg": 20})
    ...     store.put_packets("e6614c311b", packets)
    """


__all__ = [
    "CALIBRATION",
    "SIMULATED",
    "Assessment",
    "ClockEcho",
    "DeletedPerson",
    "Event",
    "EventKind",
    "KeyCount",
    "LegMean",
    "Measured",
    "Person",
    "Provenance",
    "Purge",
    "PutReport",
    "RecentCourse",
    "Result",
    "Sensor",
    "SetAside",
    "Store",
    "StoredRecording",
    "Visit",
    "VisitResult",
    "VisitSummary",
    "check_person_code",
    "default_url",
    "key_text",
    "measured_in",
]
