"""Reps that a person counted, or set aside, by hand."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from anklet.measures.reps import Excursion
from anklet.model import Direction, Floats, Overrule, Rep

SET_ASIDE, COUNTED = "set aside by hand", "counted by hand"


def overrule_reps(
    reps: Sequence[Rep],
    where: Sequence[Excursion],
    angle_deg: Floats,
    said: Sequence[Overrule],
    direction: Direction,
    *,
    has_zero: bool,
) -> tuple[Rep, ...]:
    """Apply what was said of the reps of a leg, see :func:`overruled`."""
    far_is_df = direction != "pf_first"
    return tuple(
        overruled(rep, at, angle_deg, said, far_is_df=far_is_df, has_zero=has_zero)
        for rep, at in zip(reps, where, strict=True)
    )


def overruled(
    rep: Rep,
    at: Excursion,
    angle_deg: Floats,
    said: Sequence[Overrule],
    *,
    far_is_df: bool,
    has_zero: bool,
) -> Rep:
    """Apply what was said of a rep; the reasons of the program's own judgement stay.

    Parameters
    ----------
    rep : Rep
    at : Excursion
        Where it is.
    angle_deg : (n,) array
        Ankle angle; a peak in a gap of it (NaN) can't be made to stand.
    said : sequence of Overrule
        Of the rep's leg, as they were said: of those that cover its far peak the last counts.
    far_is_df, has_zero : bool
        As of :func:`~anklet.measures.metrics.measure_rep`.
    """
    far_s = rep.df_time_s if far_is_df else rep.pf_time_s
    last = next((o for o in reversed(said) if o.start_s <= far_s <= o.end_s), None)
    if last is None or last.counts is None:
        return rep
    if not last.counts:
        return replace(
            rep,
            df_valid=False,
            pf_valid=False,
            df_peak_deg=None,
            pf_peak_deg=None,
            rom_deg=None,
            reasons=(*rep.reasons, f"{SET_ASIDE}: {last.why}"),
        )
    df_deg = float(angle_deg[at.df]) if rep.df_peak_deg is None else rep.df_peak_deg
    pf_deg = float(angle_deg[at.pf]) if rep.pf_peak_deg is None else rep.pf_peak_deg
    df_valid, pf_valid = bool(np.isfinite(df_deg)), bool(np.isfinite(pf_deg))
    rom_deg = df_deg - pf_deg if rep.rom_deg is None else rep.rom_deg
    return replace(
        rep,
        df_valid=df_valid,
        pf_valid=pf_valid,
        df_peak_deg=df_deg if df_valid and has_zero else None,
        pf_peak_deg=pf_deg if pf_valid and has_zero else None,
        rom_deg=rom_deg if df_valid and pf_valid else None,
        reasons=(*rep.reasons, f"{COUNTED}: {last.why}"),
    )
