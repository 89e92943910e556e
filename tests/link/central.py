"""A computer's Bluetooth adapter, on a bumble device."""

import asyncio
from collections.abc import Callable

from bleak.exc import BleakError
from bumble import hci
from bumble.device import Advertisement, Device

from link.faults import Faults


class Central:
    """A computer's Bluetooth adapter.

    Parameters
    ----------
    device : Device
    faults : Faults
        Of all notifications that come through this adapter.
    mtu : int
        ATT MTU that this system asks for: 517 on Linux and Windows, 185 on some, 23 by old ones.

    Attributes
    ----------
    present : bool
        False: the adapter was pulled out; everything fails with a BleakError.
    """

    def __init__(self, device: Device, faults: Faults, mtu: int = 517) -> None:
        self.device = device
        self.faults = faults
        self.mtu = mtu
        self.present = True
        self.connecting = asyncio.Lock()
        self._listeners: list[Callable[[Advertisement], None]] = []
        device.on(Device.EVENT_ADVERTISEMENT, self._heard)

    def check(self) -> None:
        """Raise a BleakError when there is no adapter."""
        if not self.present:
            raise BleakError("No Bluetooth adapters found.")

    async def listen(self, listener: Callable[[Advertisement], None]) -> None:
        """Let a listener have all advertisements."""
        self.check()
        self._listeners.append(listener)
        if len(self._listeners) == 1:
            await self.device.start_scanning(filter_duplicates=False)

    async def leave(self, listener: Callable[[Advertisement], None]) -> None:
        """Stop that."""
        self._listeners.remove(listener)
        if not self._listeners:
            await self.device.stop_scanning()

    async def wait_for(self, address: hci.Address) -> None:
        """Wait until somebody can be connected to; several may wait at once."""
        found = asyncio.Event()

        def heard(advertisement: Advertisement) -> None:
            if advertisement.is_connectable and advertisement.address == address:
                found.set()

        await self.listen(heard)
        try:
            await found.wait()
        finally:
            await self.leave(heard)

    def _heard(self, advertisement: Advertisement) -> None:
        for listener in list(self._listeners):
            if self.present:
                listener(advertisement)
