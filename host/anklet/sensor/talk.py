"""A short conversation with one sensor: for set-up, and for asking what it holds."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from anklet.errors import PacketError, SensorError
from anklet.packets import Packet, decode
from anklet.sensor.control import TRIES, Control, Reply
from anklet.sensor.greeting import Identity, KeyRing, ask_identity, greet
from anklet.sensor.keys import OwnerKeys
from anklet.sensor.link import Link
from anklet.sensor.timing import Timing


class Talk:
    """An open link and who is at the other end.

    Parameters
    ----------
    link : Link
    timing : Timing

    Attributes
    ----------
    identity : Identity
        Empty until `greet` or `meet`.
    packets : list of Packet
        What arrived and can be read, in the order of arrival; whoever looks may clear it.
    """

    def __init__(self, link: Link, timing: Timing) -> None:
        self.identity = Identity("", "", "", "", None, None, owned=False)
        self.packets: list[Packet] = []
        self.timing = timing
        self.link = link
        self._control = Control(link, timing)
        link.listen(self._on_packet, self._control.on_line, self._control.lost)

    async def meet(self) -> Identity:
        """Learn who it is, without a proof."""
        self.identity = (await ask_identity(self._control))[0]
        return self.identity

    async def greet(self, keys: KeyRing) -> Identity:
        """Learn who it is and prove the owner key; see `anklet.sensor.greeting.greet`."""
        self.identity = await greet(self._control, self.link, keys)
        return self.identity

    async def request(self, do: str, /, *, tries: int = 1, **arguments: Any) -> Reply:
        """Ask the sensor; see `Control.request`."""
        return await self._control.request(do, tries=tries, **arguments)

    async def place(self, told: Mapping[str, str]) -> None:
        """Say where the sensor is worn and what it is called: side, segment, name."""
        await self._control.request("place", tries=TRIES, **dict[str, Any](told))

    async def set_time(self) -> None:
        """Tell it the wall clock, so that later sets without a computer have a date."""
        await self.request("time", unix_us=round(self.timing.unix_s() * 1e6))

    async def take_ownership(self, keys: OwnerKeys) -> bool:
        """Give the sensor this computer's key, a new one where there is none; False: it has it.

        Raises
        ------
        SensorError
            Over Bluetooth LE, unless its button's window is open.
        """
        known = keys.get(self.identity.sensor_id)
        if self.identity.owned and known is not None and not self.link.trusted:
            return False
        key = keys.make(self.identity.sensor_id)
        await self.request("own", key=key, tries=TRIES)
        return True

    def _on_packet(self, data: bytes, _host_s: float) -> None:
        try:
            self.packets.append(decode(data))
        except PacketError:
            return  # damaged on the way


@asynccontextmanager
async def talk(link: Link, timing: Timing | None = None) -> AsyncGenerator[Talk, None]:
    """Open a link, talk, close it."""
    conversation = Talk(link, timing or Timing())
    await link.open()
    try:
        yield conversation
    finally:
        await link.close()


async def end_stream(link: Link, keys: KeyRing, timing: Timing | None = None) -> None:
    """End the stream of a sensor that nobody records; harmless when it is out of reach."""
    try:
        async with talk(link, timing) as conversation:
            await conversation.greet(keys)
            await conversation.request("stop", tries=TRIES)
    except SensorError:
        return
