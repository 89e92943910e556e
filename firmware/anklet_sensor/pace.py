"""How fast packets may go to the Bluetooth stack."""

from micropython import const

_TICKS = const(0x3FFFFFFF)
_QUEUED = const(6)
_QUEUED_US = const(300_000)
_SLOW_US = const(40_000)
_POOL = const(12)
_LARGE_POOL = const(24)
_FIRST_US = const(2_000)
_LEAST_US = const(1_000)
_MOST_US = const(200_000)

_IDLE_US = const(60_000)  # two intervals; even a full pool of them is less than a second
_CAUTIOUS_US = const(100_000)
_WANTED_MS = const(350)
_LATE_MS, _EARLY_MS = const(400), const(-200)  # more counts as this
_TRAIN = const(5)  # half a second at the slowest
_TRUST = const(4096)  # 0.1 s late: by one fortieth slower


class Pace:
    """The pace of a connection, learned from how long replies take and when the pool is full.

    The stack never says when a notification has gone. A desktop that tells how long its requests
    took (`told`) lets the pace be found while few packets wait in the stack. Without one, and where
    the radio becomes slower, the stack's pool runs full: between two such times as many left as
    were taken. What is believed to wait in the stack is kept small, so that replies and the stack
    itself find room, and replies need not wait for long.

    Parameters
    ----------
    ticks_us : callable
    """

    def __init__(self, ticks_us) -> None:
        self._ticks_us = ticks_us
        self.begin()

    def begin(self) -> None:
        """Know nothing: a new connection."""
        self._gap_us = _FIRST_US
        self._level = 0
        self._at = self._full_at = self._ticks_us()
        self._taken = -_POOL  # since the pool was full; those before the first fill it
        self._told = False
        self._held_back = False  # packets waited for the pace since it was told
        self._seeking = True  # the radio was never found too slow
        self._waited = 1  # what was in the stack with the last reply, itself included

    def ready(self) -> bool:
        """Tell whether one more may be queued."""
        now = self._ticks_us()
        gone = ((now - self._at) & _TICKS) // self._gap_us
        if gone >= self._level:
            self._level = 0
            self._at = now
        elif gone:
            self._level -= gone
            self._at = (self._at + gone * self._gap_us) & _TICKS
        most = max(2, min(_QUEUED, _QUEUED_US // self._gap_us))
        if self._told and self._seeking:
            most = max(most, _TRAIN)
        if self._level < most:
            return True
        self._held_back = True
        return False

    def taken(self) -> None:
        """The stack took one; try a little faster every 32, where it is slow much every 512."""
        self._level += 1
        self._taken += 1
        if self._level > _LARGE_POOL:  # by replies, which wait for nobody: it is faster than that
            self._level = _LARGE_POOL
            self._gap_us = max(self._gap_us - (self._gap_us >> 3), _LEAST_US)
        if self._gap_us < _SLOW_US:
            if self._taken & 31 == 0:
                self._gap_us = max(self._gap_us - (self._gap_us >> 3), _LEAST_US)
        elif self._taken & 511 == 0 and not self._told:
            self._gap_us >>= 1

    def replied(self) -> None:
        """The stack took a whole reply."""
        self._waited = self._level

    def told(self, took_us: int) -> None:
        """Learn how long a request took to be answered: one to two intervals where nothing waits.

        The first time nothing does (a stream is asked for), and a slow radio is begun with at a
        packet in that time. The first packets go at once, and the reply behind them tells how many
        the radio takes in what time. Later on the pace follows how late replies are.
        """
        held_back, self._held_back = self._held_back, False
        if not self._told:
            self._told = True
            if self._taken <= 0 and took_us > _IDLE_US:
                self._gap_us = min(took_us, _CAUTIOUS_US)
            return
        late_ms = took_us // 1000 - _WANTED_MS
        if late_ms <= 0 and not held_back:
            return
        gap_us = min(self._gap_us, took_us)  # one goes in that time at least
        if self._seeking:
            gap_us = took_us // max(1, self._waited)
        if late_ms > 0:
            self._seeking = False
            self._level = min(self._level + 1000 * late_ms // gap_us, _LARGE_POOL)
        if not self._seeking:
            gap_us += gap_us * min(max(late_ms, _EARLY_MS), _LATE_MS) // _TRUST
        self._gap_us = min(max(gap_us, _LEAST_US), _MOST_US)

    def full(self) -> None:
        """The pool was full."""
        now = self._ticks_us()
        if self._taken <= 3 and ((now - self._full_at) & _TICKS) < self._gap_us:
            return  # still full: a reply is tried at every turn of the loop
        self._at = now
        self._seeking = False
        gap_us = 2 * self._gap_us
        self._level = _TRAIN if self._told else _POOL  # a small pool would be waited for too long
        if self._taken > 3:
            # rather wait too long once than have replies wait each time
            if not self._told and gap_us > 2 * _SLOW_US:
                self._level = _LARGE_POOL
            gap_us = min(gap_us, ((now - self._full_at) & _TICKS) // self._taken)
        self._gap_us = min(max(gap_us, _LEAST_US), _MOST_US)
        self._taken = 0
        self._full_at = now
