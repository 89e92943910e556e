"""What the desktop says it has stored: ranges of seq for each stream."""

from micropython import const

_MAX_RANGES = const(64)


class Acks:
    """Ranges that were acknowledged, in RAM; forgetting one only causes harmless duplicates."""

    def __init__(self) -> None:
        self._ranges = {}

    def add(self, stream: int, first: int, last: int) -> None:
        """Take note of packets first..last; of too many ranges the shortest is forgotten."""
        ranges = self._ranges.get(stream, [])
        ranges.append([first, last])
        ranges = merged(ranges)
        if len(ranges) > _MAX_RANGES:
            ranges.remove(min(ranges, key=lambda r: r[1] - r[0]))
        self._ranges[stream] = ranges

    def count(self, stream: int, first: int, last: int) -> int:
        """Return how many of first..last were acknowledged, held or not."""
        ranges = self._ranges.get(stream, ())
        return sum(max(0, min(b, last) - max(a, first) + 1) for a, b in ranges)

    def include(self, stream: int, first: int, last: int) -> bool:
        """Say whether all of first..last were acknowledged."""
        return any(a <= first and last <= b for a, b in self._ranges.get(stream, ()))

    def keep(self, stream: int, segments: list, latest=None) -> None:
        """Forget the ranges that touch none of these segments; the open one goes on and on."""
        ranges = self._ranges.pop(stream, ())
        ranges = [
            r
            for r in ranges
            if any(s.first <= r[1] and (s.last >= r[0] or s is latest) for s in segments)
        ]
        if ranges:
            self._ranges[stream] = ranges


def merged(ranges: list) -> list:
    """Return ranges [first, last] in order, those that touch or overlap as one."""
    found = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1][1] = max(last, found[-1][1])
        else:
            found.append([first, last])
    return found
