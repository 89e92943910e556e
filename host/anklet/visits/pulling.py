"""Sets that sensors recorded on their own: looked at, fetched, put into visits by their time."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np

from anklet.analysis import Settings
from anklet.errors import SensorError
from anklet.model import Analysis, Placement
from anklet.packets import Packet
from anklet.sensor.control import TRIES
from anklet.sensor.greeting import Identity, KeyRing
from anklet.sensor.link import Link
from anklet.sensor.pull import Holding, OnProgress, holding_of, pull
from anklet.sensor.recorder import listing
from anklet.sensor.reports import StreamReport
from anklet.sensor.sink import Exchange
from anklet.sensor.talk import Talk, talk
from anklet.sensor.timing import Timing
from anklet.signals.clock import MIN_ECHOES
from anklet.store import Assessment, Person, Store
from anklet.visits.analysing import analyze_assessment
from anklet.visits.keeping import NewAssessment, keep_result, recompute
from anklet.visits.occasions import ensure_person, open_assessment, together
from anklet.visits.sink import StoreSink
from anklet.visits.streams import read_notes

PEEK_PACKETS = 12
"""The opening notes, and the first samples after them."""
PEEK_S, PEEK_TRIES = 1.5, 4
ECHOES = 2 * MIN_ECHOES
ECHO_S = 0.15
"""All echoes take less than `signals.clock.MIN_SPAN_S`: a skew told by them would be carried back
over hours, the crystals' own is smaller."""
PACKET_S = 6 / 104
"""Mean time of a packet where its first one tells nothing."""


@dataclass(frozen=True)
class Offer:
    """One set that a sensor holds.

    Parameters
    ----------
    sensor : Identity
    holding : Holding
    placement : Placement or None
        Where the sensor was worn; None where nobody had said.
    start_unix_s : float or None
        When it began, s since 1970; None: the sensor had no clock since its boot.
    length_s : float
        About how long it is.
    running : bool
        It is being recorded now.
    """

    sensor: Identity
    holding: Holding
    placement: Placement | None
    start_unix_s: float | None
    length_s: float
    running: bool = False


@dataclass(frozen=True)
class Look:
    """What a sensor holds, and its clock against this computer's now (monotonic us)."""

    sensor: Identity
    offers: tuple[Offer, ...]
    echoes: tuple[Exchange, ...] = ()
    undated: frozenset[int] = field(default_factory=frozenset[int])


async def look(link: Link, keys: KeyRing, timing: Timing | None = None) -> Look:
    """Ask a sensor what it holds that no computer has; tell it the time.

    A stream whose notes give no time is dated by the sensor's clock, where it still runs since.

    Raises
    ------
    SensorError
        When it cannot be reached or refuses.
    """
    async with talk(link, timing) as conversation:
        sensor = await conversation.greet(keys)
        status = (await conversation.request("status", tries=TRIES)).body
        running = status.get("stream") if status.get("mode") != "idle" else None
        held = [holding_of(entry) for entry in await listing(conversation.request)]
        held = [holding for holding in held if holding.unacknowledged]
        echoes = await _echoes(conversation) if held else ()
        offers: list[Offer] = []
        undated: set[int] = set()
        for holding in held:
            packets = await _peek(conversation, holding)
            offer = _offer(sensor, holding, packets)
            if offer.start_unix_s is None and packets:
                start_s = _now_dated(conversation, packets, sensor.boot, echoes)
                if start_s is not None:
                    undated.add(holding.stream)
                    offer = replace(offer, start_unix_s=start_s)
            offers.append(replace(offer, running=holding.stream == running))
        await conversation.set_time()
        return Look(sensor, tuple(offers), echoes, frozenset(undated))


@dataclass
class Fetch:
    """What shall be fetched into a person's visits.

    Parameters
    ----------
    store : Store
    person : Person
        Added where the store doesn't know the code.
    protocol : str
    key : mapping
        The rest of the comparability key.
    settings : Settings
        Of the analysis.
    at : datetime or None
        When sets without a time were recorded.
    placement : Placement or None
        Where a sensor was worn that nobody had given a place.
    """

    store: Store
    person: Person
    protocol: str
    key: Mapping[str, object]
    settings: Settings
    at: datetime | None = None
    placement: Placement | None = None

    def refuse_unclear(self, offers: Sequence[Offer]) -> None:
        """Refuse sets of which time or place would have to be guessed.

        Raises
        ------
        SensorError
            "no_time" or "placement".
        """
        for offer in offers:
            who = f"{str(offer.sensor)[:1].upper()}{str(offer.sensor)[1:]}"
            if offer.placement is None and self.placement is None:
                raise SensorError(
                    f"{who} recorded a set without a side and segment; say where it was worn with "
                    "--side and --segment.",
                    "placement",
                )
            if offer.start_unix_s is None and self.at is None:
                raise SensorError(
                    f"{who} holds a set whose time is unknown (its clock was not set since it was "
                    "switched on); say when it was recorded with --at.",
                    "no_time",
                )

    def register(self, offers: Sequence[Offer]) -> dict[int, list[Offer]]:
        """Say in the store where sets belong, before they are fetched.

        Returns
        -------
        dict of assessment id to its offers
        """
        self.refuse_unclear(offers)
        ensure_person(self.store, self.person)
        by_assessment: dict[int, list[Offer]] = {}
        fresh: list[tuple[Offer, Placement, float, float]] = []
        for offer in offers:
            known = self.store.assessments_of_stream(offer.sensor.sensor_id, offer.holding.stream)
            if known:
                by_assessment.setdefault(known[0][1].id, []).append(offer)
            elif place := offer.placement or self.placement:
                start_s = offer.start_unix_s
                if start_s is None and self.at is not None:
                    start_s = self.at.timestamp()
                fresh.append((offer, place, start_s or 0.0, (start_s or 0.0) + offer.length_s))
        for group in together(fresh):
            at = datetime.fromtimestamp(group[0][2]).astimezone().replace(microsecond=0)
            kind = self.settings.protocol.kind if self.settings.protocol else "active"
            new = NewAssessment(self.person.code, at, self.protocol, self.key, kind)
            assessment = open_assessment(self.store, new, {place for _, place, _, _ in group})
            for offer, place, _, _ in group:
                sensor_id, stream = offer.sensor.sensor_id, offer.holding.stream
                self.store.add_recording_stream(assessment, sensor_id, stream, place, str(place))
                by_assessment.setdefault(assessment, []).append(offer)
        return by_assessment

    async def fetch(
        self,
        link: Link,
        seen: Look,
        offers: Sequence[Offer],
        keys: KeyRing,
        on_progress: OnProgress | None = None,
        timing: Timing | None = None,
    ) -> list[StreamReport]:
        """Fetch sets of one sensor; what the store holds already is not fetched again."""
        sink = StoreSink(self.store, timing)
        streams = [offer.holding.stream for offer in offers]
        for stream in seen.undated.intersection(streams):
            if not self.store.echoes(seen.sensor.sensor_id, stream):
                echoes = [echo._replace(stream=stream) for echo in seen.echoes]
                sink.put_echoes({seen.sensor.sensor_id: echoes})
        return await pull(
            link, sink, streams=streams, keys=keys, on_progress=on_progress, timing=timing
        )

    def analyse(self, assessment_id: int) -> tuple[Assessment, Analysis]:
        """Analyse what an assessment holds now, and keep the result.

        Raises
        ------
        AnkletError
            When it cannot be; the recordings are kept.
        """
        assessment = self.store.assessment(assessment_id)
        if self.store.latest_result(assessment_id) is not None:
            analysis, how = recompute(self.store, assessment)
        else:
            how = replace(self.settings, involved=self.person.involved)
            analysis = analyze_assessment(self.store, assessment, how)
        keep_result(self.store, assessment, analysis, how)
        return assessment, analysis


async def _echoes(conversation: Talk) -> tuple[Exchange, ...]:
    rng = random.Random()
    taken: list[Exchange] = []
    for _ in range(ECHOES):
        await conversation.timing.sleep(ECHO_S * rng.uniform(0.2, 1.8))
        try:
            reply = await conversation.request("echo")
        except SensorError as error:
            if error.code != "timeout":
                raise
            continue
        sensor_us = reply.integer("t_us")
        taken.append(
            Exchange(0, round(reply.sent_s * 1e6), sensor_us, round(reply.arrived_s * 1e6))
        )
    return tuple(taken) if len(taken) >= MIN_ECHOES else ()


async def _peek(conversation: Talk, holding: Holding) -> list[Packet]:
    """Fetch the first packets of a stream; they are not acknowledged, nor kept."""
    last = min(holding.first + PEEK_PACKETS - 1, holding.last)
    found: dict[int, Packet] = {}
    for _ in range(PEEK_TRIES):
        conversation.packets.clear()
        span = {"from": holding.first, "to": last}
        await conversation.request("fetch", stream=holding.stream, **span, tries=TRIES)
        waited_s = 0.0
        while len(found) <= last - holding.first and waited_s < PEEK_S:
            await conversation.timing.sleep(PEEK_S / 10)
            waited_s += PEEK_S / 10
            found |= {p.seq: p for p in conversation.packets if p.stream == holding.stream}
        if len(found) > last - holding.first:
            break
    return [found[seq] for seq in sorted(found)]


def _offer(sensor: Identity, holding: Holding, packets: Sequence[Packet]) -> Offer:
    notes = read_notes(packets)
    start_s = None
    if notes.clock is not None and packets:
        start_s = float(notes.clock(np.array([packets[0].time_us], np.int64))[0])
    each_s = max((len(p.samples) * p.period_us * 1e-6 for p in packets), default=0.0)
    length_s = (holding.last - holding.first + 1) * (each_s or PACKET_S)
    return Offer(sensor, holding, notes.placement, start_s, length_s)


def _now_dated(
    conversation: Talk, packets: Sequence[Packet], boot: str, echoes: Sequence[Exchange]
) -> float | None:
    """When a stream of the boot that still lasts began, s since 1970."""
    if not echoes or read_notes(packets).boot != boot:
        return None
    timing = conversation.timing
    ahead_us = min(echo.sensor_us - echo.host_sent_us for echo in echoes)
    host_s = (packets[0].time_us - ahead_us) * 1e-6
    return timing.unix_s() - timing.now_s() + host_s
