"""What may go wrong with notifications between the radio and the program."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Faults:
    """Shares of the notifications that are harmed, each independently of the others.

    The radio itself loses nothing while a connection lasts; drivers, operating systems and bridges
    do. Attributes may be changed while the rig runs.

    Attributes
    ----------
    drop, duplicate, corrupt, reorder : float
        Shares, 0 to 1. A reordered one comes after the next `late` others; corrupt: a bit flips.
    late : int
        Notifications that overtake one that is reordered.
    only : str, optional
        UUID of the characteristic that is harmed; all when not given.
    seed : int
        Of the choices.
    done : Counter
        How many were harmed, by kind, and how many passed ("all").
    """

    drop: float = 0.0
    duplicate: float = 0.0
    corrupt: float = 0.0
    reorder: float = 0.0
    late: int = 3
    only: str | None = None
    seed: int = 1
    done: Counter = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._held: dict[int, list[tuple[int, bytearray, Callable[[bytearray], None]]]] = {}

    def deliver(self, key: int, uuid: str, data: bytes, callback: Callable[[bytearray], None]):
        """Pass a notification on to the callback: never, once or more often, now or later.

        `key` tells streams of notifications apart.
        """
        if self.only and uuid != self.only:
            callback(bytearray(data))
            return
        self.done["all"] += 1
        chosen = {kind for kind in KINDS if self._random.random() < getattr(self, kind)}
        self.done.update(chosen)
        if "drop" in chosen:
            return
        copies = [bytearray(data) for _ in range(1 + ("duplicate" in chosen))]
        if "corrupt" in chosen and data:
            bit = self._random.randrange(8 * len(data))
            copies[0][bit // 8] ^= 1 << bit % 8
        held = self._held.setdefault(key, [])
        if "reorder" in chosen:
            held += [(self.late + 1, copy, callback) for copy in copies]
        else:
            for copy in copies:
                callback(copy)
        self._held[key] = [(left - 1, *what) for left, *what in held]
        while self._held[key] and self._held[key][0][0] <= 0:
            _, copy, late_callback = self._held[key].pop(0)
            late_callback(copy)

    def forget(self, key: int) -> None:
        """The connection has gone, and what was late with it."""
        self._held.pop(key, None)


KINDS = ("drop", "duplicate", "corrupt", "reorder")
