"""The pod's shape keeps every promise, and each check fails on a pod that breaks it."""

import numpy as np
import pytest

for needed in ("build123d", "trimesh", "manifold3d", "rtree"):
    pytest.importorskip(needed, reason="the extra hardware is not installed: see .ci/hardware")
import trimesh

from enclosure import fit, printing
from enclosure.meshes import block, common_mm3, moved
from enclosure.parameters import SHANK


def cut(part, *blocks):
    return trimesh.boolean.difference([part, *blocks], engine="manifold")


def joined(part, *blocks):
    return trimesh.boolean.union([part, *blocks], engine="manifold")


def said(found, words):
    assert any(words in sentence for sentence in found), found


def test_nothing_is_in_the_same_place(parts):
    assert fit.interference(parts) == []
    said(fit.interference(parts | {"lid": moved(parts["lid"], (0, 0, -0.5))}), "lid")
    said(fit.interference(parts | {"xiao": moved(parts["xiao"], (-1.5, 0, 0))}), "base and xiao")
    said(fit.interference(parts | {"cell": moved(parts["cell"], (0, 0, 1))}), "tray and cell")


def test_every_part_stays(parts):
    assert fit.looseness(parts) == []


@pytest.mark.parametrize(
    ("gone", "words"),
    [
        ("lid", "tray is free to move 0.6 mm along +z"),
        ("lid", "imu is free to move 0.6 mm along +z"),
        ("lid", "xiao is free to move 0.6 mm along +z"),
        ("tray", "cell is free to move 0.6 mm along +z"),
        ("lid", "cell is free to move 0.6 mm along +z"),
        ("tray", "imu is free to move 0.6 mm along +x"),
        ("base", "cell is free to move 0.6 mm along +y"),
        ("base", "switch is free to move 0.6 mm along +x"),
    ],
)
def test_a_part_that_nothing_holds_is_found(parts, gone, words):
    said(fit.looseness({name: part for name, part in parts.items() if name != gone}), words)


def test_a_lid_without_hooks_is_found(version, parts):
    low = block((-40, 40), (-20, 20), (0, version.crest_z_mm + 1.2))
    found = fit.looseness(parts | {"lid": cut(parts["lid"], low)})
    said(found, "lid is free to move 0.6 mm along +z")
    assert all(sentence.endswith("+z") for sentence in found)


def test_every_part_can_be_put_in_from_above(version, parts):
    assert fit.assembly(version, parts) == []
    bar = block((-1, 1), (-14, 14), (11, 12))
    said(fit.assembly(version, parts | {"base": joined(parts["base"], bar)}), "cell meets")
    corner = block((-23, -16), (11.0, 12.6), (2.5, 7.5))  # where an arm must give way
    said(fit.assembly(version, parts | {"base": joined(parts["base"], corner)}), "lid meets")


def test_a_drop_on_an_edge_does_not_rest_on_the_lid(parts):
    assert fit.sideways_on_the_lid(parts) == []
    stop = block((22, 26), (-3, 3), (9.6, 20))
    said(fit.sideways_on_the_lid(parts | {"tray": cut(parts["tray"], stop)}), "imu along +x")


def test_only_the_shell_touches_the_floor(version, parts):
    assert fit.drop(parts) == []
    if version.foot:  # its fingers reach further than anything
        return
    said(fit.drop(parts | {"switch": moved(parts["switch"], (-1.0, 0, 0))}), "switch touches first")
    said(fit.drop(parts | {"xiao": moved(parts["xiao"], (-3.0, 0, 0))}), "xiao touches first")


def test_a_plug_goes_in(version, parts):
    assert fit.plug(version, parts) == []
    ridge = block((-28, -27), (-8, 8), (16.9, 17.4))
    said(fit.plug(version, parts | {"lid": joined(parts["lid"], ridge)}), "meets the lid")


def test_the_keys_reach_their_buttons(parts):
    assert fit.keys(parts) == []
    said(fit.keys(parts | {"lid": moved(parts["lid"], (0, 3, 0))}), "misses its button")
    said(fit.keys(parts | {"lid": moved(parts["lid"], (0, 0, -0.3))}), "meets its button")


def test_there_is_room_for_the_antenna(version, parts):
    assert fit.antenna(version, parts) == []
    said(fit.antenna(version, parts | {"imu": moved(parts["imu"], (0, 0, 2))}), "imu is in")
    said(fit.antenna(version, parts | {"cell": moved(parts["cell"], (0, 0, 12))}), "cell lies")


def test_the_strap_is_held_by_the_base():
    from enclosure.meshes import meshes

    parts = dict(meshes(SHANK))
    assert fit.strap(SHANK, parts) == []
    y = SHANK.wing_y_mm
    no_bar = block((-3, 3), (y - 8, y + 1), (-1, 5))
    said(fit.strap(SHANK, parts | {"base": cut(parts["base"], no_bar)}), "is not solid")
    no_web = block((10, 25), (SHANK.outer_width_mm / 2 + 0.2, y - 5), (-1, 5))
    said(fit.strap(SHANK, parts | {"base": cut(parts["base"], no_web)}), "no way from bar to wall")
    narrow = block((-14, -10), (17, 22), (0, 3.4))
    said(fit.strap(SHANK, parts | {"base": joined(parts["base"], narrow)}), "meets the base")


def test_the_laces_are_held_by_the_base():
    from enclosure.meshes import meshes
    from enclosure.parameters import FOOT

    parts = dict(meshes(FOOT))
    assert fit.laces(FOOT, parts) == []
    no_lips = block((-60, 60), (-20, 20), (FOOT.finger_mm, FOOT.finger_mm + 1.5))
    keep = block((-29.5, 28), (-20, 20), (0, 20))
    base = cut(parts["base"], cut(no_lips, keep))
    said(fit.laces(FOOT, parts | {"base": base}), "is free to move +x")
    gone = block((29, 60), (-20, 20), (-1, 9))
    said(fit.laces(FOOT, parts | {"base": cut(parts["base"], gone)}), "is free to move down")


def test_it_prints(parts):
    assert printing.problems(parts) == []


def test_what_does_not_print_is_found(parts):
    """Upside down, with a thin fin, with a hole in the surface, in two pieces."""
    fin = block((-5, 5), (10, 10.5), (5, 9))
    thin = joined(cut(parts["tray"], block((-6, 6), (9, 11), (0, 20))), fin)
    said(printing.problems(parts | {"tray": thin}), "mm thin at")
    upside = parts["base"].copy()
    upside.apply_transform(trimesh.transformations.rotation_matrix(np.pi, (1, 0, 0)))
    said(printing.problems(parts | {"base": upside}), "without support")
    shelf = joined(parts["tray"], block((-3, 3), (-13.6, -18), (9.0, 9.5)))
    said(printing.problems(parts | {"tray": shelf}), "without support")
    torn = trimesh.Trimesh(parts["lid"].vertices, parts["lid"].faces[:-1])
    said(printing.problems(parts | {"lid": torn}), "lid is not closed")
    two = trimesh.util.concatenate([parts["tray"], block((0, 5), (0, 5), (30, 35))])
    said(printing.problems(parts | {"tray": two}), "tray is 2 bodies")


def test_the_arrow_and_the_letters_are_in_the_lid(version, parts):
    """Cut where they must be: an arrow along +x, L to its left (+y), R to its right."""
    top = (version.top_mm - 0.3, version.top_mm - 0.1)
    for x, y, is_cut in (
        ((-8, 8), (-1, 1), True),
        ((15.4, 15.8), (-0.2, 0.2), True),
        ((15.4, 15.8), (3.0, 4.0), False),
        ((1.2, 1.9), (8.0, 11.0), True),
        ((1.2, 1.9), (-9.0, -8.6), False),
        ((-2.5, -1.5), (8.8, 9.8), True),
        ((-2.5, -1.5), (-9.8, -8.8), True),
    ):
        probe = block(x, y, top)
        left = common_mm3(probe, parts["lid"]) / probe.volume
        assert left < 0.01 if is_cut else left > 0.99, (x, y, left)


def test_tray_and_lid_serve_both_versions():
    from enclosure.meshes import meshes
    from enclosure.parameters import FOOT

    for name in ("tray", "lid"):
        a, b = meshes(SHANK)[name], meshes(FOOT)[name]
        assert np.array_equal(a.vertices, b.vertices)
