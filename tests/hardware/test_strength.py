"""Forces by formula: the pod as it is, and designs that would break, stick or come off."""

from dataclasses import replace

import pytest

from enclosure import strength
from enclosure.parameters import FOOT, KEY, SHANK, SNAP


@pytest.mark.parametrize("pod", [SHANK, FOOT])
def test_the_pod_as_it_is(pod):
    assert strength.problems(pod) == []


def test_the_formulas_against_a_worked_example():
    """Bayer's guide: permissible y = 0.67 strain l2 / h, so this y must give this strain back."""
    snap = replace(SNAP, length_mm=19.0, thickness_mm=3.0, overlap_mm=0.67 * 0.02 * 19**2 / 3)
    assert strength.snap_strain(snap) == pytest.approx(0.02, rel=0.01)
    by_stiffness = 2000 * snap.width_mm * 3.0**3 / 12 * 3 * snap.overlap_mm / 19**3
    assert strength.snap_deflection_n(2000, snap) == pytest.approx(by_stiffness, rel=0.001)
    assert strength.mating_n(1.0, 45, 0.0) == pytest.approx(1.0)
    assert strength.mating_n(1.0, 80, 0.3) == float("inf")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"length_mm": 6.0}, "strained by"),
        ({"thickness_mm": 2.4}, "strained by"),
        ({"width_mm": 2.0}, "may come off"),
        ({"overlap_mm": 0.2}, "may come off"),
        ({"hold_deg": 70.0}, "lock itself for good"),
        ({"lead_deg": 60.0}, "closing takes"),
        ({"count": 2}, "may come off"),
    ],
)
def test_a_snap_that_would_fail(changes, said):
    found = strength.problems(SHANK, snap=replace(SNAP, **changes))
    assert any(said in sentence for sentence in found), found


def test_a_key_that_would_fail():
    found = strength.problems(SHANK, key=replace(KEY, length_mm=5.0))
    assert any("a key is strained" in sentence for sentence in found)
    assert any("a key may take" in sentence for sentence in found)


def test_a_bar_and_a_finger_that_would_fail():
    assert any("bar" in s for s in strength.problems(replace(SHANK, bar_mm=3.0)))
    assert any("finger" in s for s in strength.problems(replace(FOOT, finger_mm=2.0)))
