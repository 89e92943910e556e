"""The air between bumble's controllers: connection events, out of reach, scan responses.

bumble's own link hands everything over at once. Here ACL data of a connection waits for the next
connection event: every link has its interval and phase, an event carries so many PDUs each way,
and the host gets its credits back only then. So the stack's pool runs full as a real one does.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bumble import controller, hci, link, ll

LL_PAYLOAD_BYTES = 251
TIMEOUT_S = 4.0
"""Supervision timeout: what is out of reach for this long is disconnected."""


@dataclass(frozen=True)
class Timing:
    """Connection events of one link.

    Attributes
    ----------
    interval_s, phase_s : float
        Events come at ``phase_s + k * interval_s`` of the loop's time.
    per_event : int
        PDUs that an event carries, each way.
    """

    interval_s: float = 0.030
    phase_s: float = 0.0
    per_event: int = 6

    def next_s(self, now_s: float) -> float:
        """Return the time of the first event after now."""
        k = int((now_s - self.phase_s) / self.interval_s + 1e-6) + 1
        return self.phase_s + k * self.interval_s


@dataclass
class Advert(ll.AdvInd):
    """An advertisement as it goes through the air, with what an active scanner would be told."""

    scan_response: bytes = b""
    kind: int = 0


class _Connection(controller.Connection):
    """One end of a connection; data waits for the events."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.waiting: deque[hci.HCI_AclDataPacket] = deque()
        self.timer: asyncio.TimerHandle | None = None

    def on_hci_acl_data_packet(self, packet: hci.HCI_AclDataPacket) -> None:
        self.waiting.append(packet)
        if self.timer is None:
            self._wait()

    def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        when_s = self.link.timing(self.self_address, self.peer_address).next_s(loop.time())
        self.timer = loop.call_at(when_s, self._event)

    def _event(self) -> None:
        self.timer = None
        air = self.link
        if air.reaches(self.self_address, self.peer_address):
            per_event = air.timing(self.self_address, self.peer_address).per_event
            for _ in range(min(per_event, len(self.waiting))):
                super().on_hci_acl_data_packet(self.waiting.popleft())
                air.pdus += 1
        if self.waiting:
            self._wait()

    def close(self) -> None:
        self.waiting.clear()
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


class _Advertiser(controller.LegacyAdvertiser):
    def _on_timer_fired(self) -> None:
        self.send_advertising_data()
        units = self.advertising_interval_min  # of 0.625 ms, which bumble's own takes for ms
        self.timer_handle = asyncio.get_running_loop().call_later(
            units * 0.625e-3, self._on_timer_fired
        )

    def send_advertising_data(self) -> None:
        if self.enabled:
            self.controller.send_advertising_pdu(
                Advert(
                    advertiser_address=self.address,
                    data=self.advertising_data,
                    scan_response=self.scan_response_data,
                    kind=self.advertising_type,
                )
            )


class AirController(controller.Controller):
    """bumble's virtual controller with what it lacks of a real one."""

    le_acl_data_packet_length = LL_PAYLOAD_BYTES
    le_features = controller.Controller.le_features & ~hci.LeFeatureMask.LE_EXTENDED_ADVERTISING

    def __init__(self, name: str, address: str, air: "Air") -> None:
        super().__init__(name, link=air, public_address=address)
        self.le_legacy_advertiser = _Advertiser(self)

    def on_advertising_pdu(self, pdu: ll.AdvInd | ll.AdvExtInd) -> None:
        """Report an advertisement, then connect where that was wanted."""
        assert isinstance(pdu, Advert)
        report = hci.HCI_LE_Advertising_Report_Event.Report
        if self.le_scan_enable:
            kinds = hci.HCI_LE_Advertising_Report_Event.EventType
            parts = [(kinds(pdu.kind), pdu.data)]
            if pdu.kind != kinds.ADV_NONCONN_IND and self.le_scan_type:
                parts.append((kinds.SCAN_RSP, pdu.scan_response))
            address, rssi = pdu.advertiser_address, -50
            for kind, data in parts:
                part = report(kind, address.address_type, address, data, rssi)
                self.send_hci_packet(hci.HCI_LE_Advertising_Report_Event([part]))
        wanted = self.pending_le_connection
        if wanted and wanted.peer_address == pdu.advertiser_address and pdu.kind == 0:
            self.create_le_connection(pdu.advertiser_address)

    def on_hci_le_create_connection_cancel_command(self, command):
        """Give up connecting, which bumble's own forgets to do."""
        wanted = self.pending_le_connection
        if wanted is None:
            return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR)
        self.pending_le_connection = None
        self.send_hci_packet(
            hci.HCI_LE_Connection_Complete_Event(
                status=hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
                connection_handle=0,
                role=hci.Role.CENTRAL,
                peer_address_type=wanted.peer_address.address_type,
                peer_address=wanted.peer_address,
                connection_interval=0,
                peripheral_latency=0,
                supervision_timeout=0,
                central_clock_accuracy=0,
            )
        )
        return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.SUCCESS)

    def on_le_disconnected(self, connection: controller.Connection, reason: int) -> None:
        """Drop what waited for the air."""
        assert isinstance(connection, _Connection)
        connection.close()
        super().on_le_disconnected(connection, reason)

    def lose(self, peer: hci.Address) -> None:
        """End a connection whose other side has not been heard for too long."""
        if connection := self.le_connections.get(peer):
            self.on_le_disconnected(connection, hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)

    def shut_down(self) -> None:
        """Stop without a word to anybody, as when power goes; others notice by its silence."""
        self.le_legacy_advertiser.stop()
        self.link.remove_controller(self)
        for connection in self.le_connections.values():
            assert isinstance(connection, _Connection)
            connection.close()
            if other := self.link.find_le_controller(connection.peer_address):
                other.miss(connection.self_address)

    def miss(self, peer: hci.Address) -> None:
        """Lose a connection whose other side is silent from now on."""
        silent = self.le_connections.get(peer)

        def expire() -> None:
            if self.le_connections.get(peer) is silent:
                self.lose(peer)

        asyncio.get_running_loop().call_later(TIMEOUT_S, expire)


@dataclass(eq=False)
class Air(link.LocalLink):
    """What all controllers of a rig share.

    Attributes
    ----------
    timings : dict of (str, str) to Timing
        By the addresses of central and sensor; `timing_of` names what is not there.
    hidden : dict of str to int
        Addresses that nobody hears, and how many reasons there are.
    pdus : int
        PDUs that went through the air.
    heard : callable, optional
        Gets every advertisement.
    """

    timing_of: Callable[[str, str], Timing] = lambda _central, _sensor: Timing()
    timings: dict[tuple[str, str], Timing] = field(default_factory=dict)
    hidden: dict[str, int] = field(default_factory=dict)
    pdus: int = 0
    heard: Callable[[Advert], None] | None = None

    def __post_init__(self) -> None:
        super().__init__()

    def timing(self, one: hci.Address, other: hci.Address) -> Timing:
        """Return the connection events between two."""
        a, b = sorted((one.to_string(False), other.to_string(False)))
        if (a, b) not in self.timings:
            self.timings[a, b] = self.timing_of(a, b)
        return self.timings[a, b]

    def change(self, one: str, other: str, **changes: float) -> None:
        """Change the connection events between two, as a parameter update does."""
        a, b = sorted((one, other))
        self.timings[a, b] = replace(self.timings.get((a, b)) or self.timing_of(a, b), **changes)

    def reaches(self, one: hci.Address, other: hci.Address) -> bool:
        """Tell whether two hear each other."""
        return not (
            self.hidden.get(one.to_string(False)) or self.hidden.get(other.to_string(False))
        )

    def hide(self, address: str) -> None:
        """Put somebody out of reach; connections end after the supervision timeout."""
        self.hidden[address] = self.hidden.get(address, 0) + 1
        asyncio.get_running_loop().call_later(TIMEOUT_S, self._expire, address)

    def show(self, address: str) -> None:
        """Bring somebody back."""
        self.hidden[address] -= 1

    def part(self, address: str) -> None:
        """End all connections of somebody at once, as if out of reach for long."""
        gone = hci.Address(address)
        for one in list(self.controllers):
            for peer, connection in list(one.le_connections.items()):
                if gone in (peer, connection.self_address):
                    one.lose(peer)

    def _expire(self, address: str) -> None:
        if self.hidden.get(address):
            self.part(address)

    def send_advertising_pdu(self, sender_controller, packet) -> None:
        """Hand an advertisement or a wish to connect to all who hear it."""
        if isinstance(packet, Advert) and self.heard:
            self.heard(packet)
        loop = asyncio.get_running_loop()
        for one in self.controllers:
            if one is not sender_controller and self.reaches(
                one.random_address, sender_controller.random_address
            ):
                loop.call_soon(one.on_ll_advertising_pdu, packet)

    def send_ll_control_pdu(self, sender_address, receiver_address, packet) -> None:
        """Hand over a PDU of the controllers themselves; into the void where nobody listens."""
        if self.reaches(sender_address, receiver_address) and self.find_le_controller(
            receiver_address
        ):
            super().send_ll_control_pdu(sender_address, receiver_address, packet)


controller.Connection = _Connection  # bumble offers no other way in
