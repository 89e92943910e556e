"""A computer in a process of its own, so that it can be killed: HCI over TCP.

The rig's side serves an adapter; the program's side attaches to it and gets the backends:

    port = await rig.serve_adapter()                        # in the test, on SimLoop(speed=k)
    scanner, client = await attach(port)                    # in the program, on SimLoop(speed=k)

Two processes share no simulated time: both must run at the same speed.
"""

import socket
from collections.abc import Callable

from bumble.device import Device
from bumble.hci import Address
from bumble.transport import open_transport
from bumble.transport.tcp_server import open_tcp_server_transport_with_socket

from link.bleak_bumble import Client, Scanner
from link.central import Central
from link.events import Air, AirController
from link.faults import Faults

ADDRESS = "F1:00:00:00:00:7F"


async def serve(air: Air) -> tuple[int, Callable[[], None]]:
    """Offer an adapter to one program; return the port and what takes the adapter away.

    A program that was killed leaves its connections behind until the adapter is taken away.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    transport = await open_tcp_server_transport_with_socket(listener)
    controller = AirController("remote computer", ADDRESS, air)
    controller.host = transport.sink
    transport.source.set_packet_sink(controller)

    def stop() -> None:
        if controller in air.controllers:
            controller.shut_down()
        transport.server.close()
        if transport.sink.transport is not None:
            transport.sink.transport.close()

    return listener.getsockname()[1], stop


async def attach(
    port: int, faults: Faults | None = None, mtu: int = 517
) -> tuple[type[Scanner], type[Client]]:
    """Return the backends of BleakScanner and BleakClient on the adapter at a port."""
    transport = await open_transport(f"tcp-client:127.0.0.1:{port}")
    device = Device.with_hci("computer", Address(ADDRESS), transport.source, transport.sink)
    await device.power_on()
    central = Central(device, faults or Faults(), mtu)
    scanner = type("BumbleScanner", (Scanner,), {"central": central})
    return scanner, type("BumbleClient", (Client,), {"central": central})
