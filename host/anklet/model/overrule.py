"""What a person said of reps, against the program's own judgement."""

from dataclasses import dataclass

from anklet.model.words import Side


@dataclass(frozen=True)
class Overrule:
    """A span of time whose reps count, or do not, because somebody said so.

    Parameters
    ----------
    side : str or None
        The leg; None for both.
    start_s, end_s : float
        Span on the clock of the recordings; a rep is meant where its far peak lies inside.
    counts : bool or None
        True: its peaks stand wherever there is an angle. False: neither stands. None: as measured
        (what was said before is taken back).
    why : str
        In a few words, for the reader of the report.
    """

    side: Side | None
    start_s: float
    end_s: float
    counts: bool | None
    why: str
