"""Finding the sensors that a command is about."""

from collections.abc import Sequence

from anklet.cli.show import err
from anklet.errors import SensorError
from anklet.sensor.finding import Search, ask_port, chosen, is_port, search
from anklet.sensor.link import Found

NOTHING = (
    "No sensor was found; switch it on (its light flashes every 3 s), keep it within a few metres, "
    "and see that no other computer is connected to it"
)


async def reach(
    wanted: Sequence[str], seconds: float, *, over_ble: bool = True, over_usb: bool = True
) -> tuple[list[Found], Search]:
    """Find sensors, those that were named or all.

    Parameters
    ----------
    wanted : sequence of str
        Ids, names or serial ports; a port is asked without a search.
    seconds : float
        How long to listen for Bluetooth, s.

    Raises
    ------
    SensorError
        When one is not there, or none at all.
    """
    ports = [text for text in wanted if is_port(text)]
    others = [text for text in wanted if not is_port(text)]
    found: list[Found] = []
    for port in ports:
        asked = await ask_port(port)
        if asked is None:
            raise SensorError(
                f"No sensor answers on {port}; plug it in, or install its firmware with anklet "
                "setup.",
                "not_found",
            )
        found.append(asked[0])
    heard = Search(tuple(found))
    if others or not wanted:
        with err.status("Looking for sensors"):
            heard = await search(over_ble=over_ble, over_usb=over_usb, seconds=seconds)
        if heard.trouble and not heard.found:
            raise SensorError(heard.trouble, "no_bluetooth")
        if heard.trouble:
            err.print(f"Note: {heard.trouble}", markup=False, soft_wrap=True)
        if not heard.found:
            raise SensorError(f"{NOTHING}{_silent(heard)}.", "not_found")
        found += chosen(heard, others)
    return found, heard


def _silent(heard: Search) -> str:
    if not heard.silent_ports:
        return ""
    ports = ", ".join(heard.silent_ports)
    return f"; a board on {ports} does not answer as a sensor (anklet setup installs the firmware)"
