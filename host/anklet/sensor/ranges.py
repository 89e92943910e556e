"""Sets of sequence numbers, kept as ranges: an hour without a loss is one range."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

Range = tuple[int, int]
"""First and last, both belong to it."""


class Ranges:
    """A set of whole numbers.

    Parameters
    ----------
    ranges : iterable of (first, last), optional
        Added one by one.

    Examples
    --------
    >>> held = Ranges([(0, 4), (7, 9)])
    >>> held.add(5)
    >>> list(held), held.missing(0, 12), 6 in held, len(held)
    ([(0, 5), (7, 9)], [(6, 6), (10, 12)], False, 9)
    """

    def __init__(self, ranges: Iterable[Range] = ()) -> None:
        self._first: list[int] = []
        self._last: list[int] = []
        self._count = 0
        for first, last in ranges:
            self.add(first, last)

    def add(self, first: int, last: int | None = None) -> None:
        """Add one number or a range; an empty range (last < first) adds nothing."""
        last = first if last is None else last
        if last < first:
            return
        if self._last and first == self._last[-1] + 1:  # the next in order, as nearly always
            self._last[-1] = last
            self._count += last - first + 1
            return
        low = bisect_left(self._last, first - 1)
        high = bisect_right(self._first, last + 1)
        if low < high:
            first = min(first, self._first[low])
            last = max(last, self._last[high - 1])
        self._splice(low, high, [(first, last)])

    def remove(self, first: int, last: int | None = None) -> None:
        """Take one number or a range away, whether it was in the set or not."""
        last = first if last is None else last
        if last < first:
            return
        if not self._count:
            return
        low = bisect_left(self._last, first)
        high = bisect_right(self._first, last)
        if low >= high:
            return
        left = (self._first[low], first - 1)
        right = (last + 1, self._last[high - 1])
        self._splice(low, high, [part for part in (left, right) if part[0] <= part[1]])

    def missing(self, first: int, last: int) -> list[Range]:
        """Return what of a range is not in the set."""
        holes: list[Range] = []
        for a, b in self.within(first, last):
            if a > first:
                holes.append((first, a - 1))
            first = b + 1
        if first <= last:
            holes.append((first, last))
        return holes

    def within(self, first: int, last: int) -> list[Range]:
        """Return what of a range is in the set."""
        low, high = bisect_left(self._last, first), bisect_right(self._first, last)
        return [(max(first, self._first[k]), min(last, self._last[k])) for k in range(low, high)]

    def first_at(self, number: int) -> int | None:
        """Return the first member that is not below a number, None where there is none."""
        k = bisect_left(self._last, number)
        return max(number, self._first[k]) if k < len(self._last) else None

    def union(self, other: "Ranges") -> "Ranges":
        """Return what is in either."""
        return Ranges([*self, *other])

    def difference(self, other: "Ranges") -> "Ranges":
        """Return what is in this set and not in the other."""
        return Ranges(hole for first, last in self for hole in other.missing(first, last))

    def copy(self) -> "Ranges":
        """Return an independent copy."""
        return Ranges(self)

    def _splice(self, low: int, high: int, parts: list[Range]) -> None:
        for k in range(low, high):
            self._count -= self._last[k] - self._first[k] + 1
        self._count += sum(last - first + 1 for first, last in parts)
        self._first[low:high] = [first for first, _ in parts]
        self._last[low:high] = [last for _, last in parts]

    def __contains__(self, number: int) -> bool:
        k = bisect_left(self._last, number)
        return k < len(self._last) and self._first[k] <= number

    def __iter__(self) -> Iterator[Range]:
        return iter(list(zip(self._first, self._last, strict=True)))

    def __len__(self) -> int:
        return self._count

    def __bool__(self) -> bool:
        return self._count > 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ranges) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Ranges({list(self)})"
