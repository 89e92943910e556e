"""Which streams of which sensors belong to an assessment that is being recorded."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from anklet.errors import SensorError
from anklet.model import Placement
from anklet.sensor.device import Device
from anklet.store import Person, Store
from anklet.visits.keeping import NewAssessment
from anklet.visits.occasions import ensure_person, open_assessment
from anklet.visits.summaries import take_back


class PlacedStream(NamedTuple):
    """A stream, and where its sensor is worn."""

    sensor_id: str
    stream: int
    placement: Placement


class StreamRegister:
    """Says in the store which streams an assessment has; opens it at the first.

    Parameters
    ----------
    store : Store
    person : Person
        Added where the store doesn't know the code.
    new : NewAssessment
    instead_of : int, optional
        The assessment whose sets of the same legs are done again: they count no longer.

    Attributes
    ----------
    assessment_id : int or None
        None until a stream is kept.
    """

    def __init__(
        self, store: Store, person: Person, new: NewAssessment, instead_of: int | None = None
    ) -> None:
        self._store, self._person, self._new = store, person, new
        self._instead_of = instead_of
        self._kept: set[tuple[str, int]] = set()
        self.assessment_id: int | None = None

    def fresh(
        self, devices: Sequence[Device], placed: Mapping[str, Placement]
    ) -> list[PlacedStream]:
        """Return the streams of devices that are not kept yet, with their placements by sensor."""
        return [
            PlacedStream(device.identity.sensor_id, stream, placed[device.identity.sensor_id])
            for device in devices
            if device.identity
            for stream in device.trackers
            if (device.identity.sensor_id, stream) not in self._kept
        ]

    def keep(self, fresh: Sequence[PlacedStream], placements: Collection[Placement]) -> None:
        """Keep streams, one transaction after the other, each harmless twice; in a thread.

        Parameters
        ----------
        fresh : sequence of PlacedStream
        placements : collection of Placement
            Of all sensors, also of those that have no stream yet.

        Raises
        ------
        SensorError
            When a stream is another person's.
        """
        for sensor_id, stream, placement in fresh:
            for code, assessment in self._store.assessments_of_stream(sensor_id, stream):
                if code != self._person.code:
                    raise SensorError(
                        f"The {placement} sensor still ran the recording of {code}; it is ended "
                        "now and complete, so start yours again.",
                        "other_person",
                    )
                self.assessment_id = self.assessment_id or assessment.id
        if self.assessment_id is None:
            ensure_person(self._store, self._person)
            if self._instead_of is not None:
                take_back(self._store, self._instead_of, {p.side for p in placements})
            self.assessment_id = open_assessment(self._store, self._new, placements)
        for sensor_id, stream, placement in fresh:
            self._store.add_recording_stream(
                self.assessment_id, sensor_id, stream, placement, str(placement)
            )
            self._kept.add((sensor_id, stream))
