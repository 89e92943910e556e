"""What a set of heel rises amounts to beyond the ankle's angle."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Height:
    """An estimated height in m with its 95 % interval."""

    value_m: float
    low_m: float
    high_m: float


@dataclass(frozen=True)
class Work:
    """Work against gravity in J with its 95 % interval."""

    value_j: float
    low_j: float
    high_j: float


@dataclass(frozen=True)
class HeelRise:
    """How far the ankle rose in a set of heel rises: estimates, not measurements.

    Parameters
    ----------
    reps : int
        Heel rises that were counted.
    heights_m : tuple of float or None
        The ankle's rise in each rep, in their order; None where the angle was not measured there.
    mean, total : Height or None
        Over the reps that have a height; None where no honest interval can be given.
    parts_m : dict of str to float
        Standard errors that the mean's interval is made of, by name.
    mass_kg : float or None
        Body mass, where given.
    work : Work or None
        ``mass_kg`` x g x total: the whole body raised by the ankle's rise, on one leg (heel-rise
        work: Silbernagel and others, Knee Surg Sports Traumatol Arthrosc 18:258-264, 2010).
    """

    reps: int
    heights_m: tuple[float | None, ...]
    mean: Height | None
    total: Height | None
    parts_m: dict[str, float]
    mass_kg: float | None = None
    work: Work | None = None
