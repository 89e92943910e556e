"""Does everything fit, and does it stay? Interference, retention, plug, keys, strap, drop."""

from itertools import combinations, product

import numpy as np
import trimesh

from enclosure import bought
from enclosure.meshes import DIRECTIONS, block, common_mm3, mesh, moved
from enclosure.parameters import KEY, SNAP, XIAO, Pod

TOUCH_MM3 = 0.001
"""Less common volume than this is rounding."""
STOPPED_MM3 = 0.05
"""A part that moves is stopped when it shares at least this with another."""
SHIFT_MM = 0.6

Meshes = dict[str, trimesh.Trimesh]


def interference(parts: Meshes) -> list[str]:
    """Return pairs of parts that are in the same place."""
    found = []
    for a, b in combinations(parts, 2):
        volume = common_mm3(parts[a], parts[b])
        if volume > TOUCH_MM3:
            found.append(f"{a} and {b} share {volume:.3f} mm3")
    return found


def looseness(parts: Meshes, shift_mm: float = SHIFT_MM) -> list[str]:
    """Return parts that can move by `shift_mm` in one of six directions without being stopped.

    A part is held in a direction when, moved that way, it meets the base (which the leg holds) or
    a part that is held in that direction itself: parts that only lean on each other are loose.
    """
    found = []
    for way, direction in DIRECTIONS.items():
        step = tuple(shift_mm * d for d in direction)
        meets = {name: _met(parts, name, step) for name in parts if name != "base"}
        held = {"base"} & set(parts)
        while more := {name for name, met in meets.items() if met & held} - held:
            held |= more
        found += [
            f"{name} is free to move {shift_mm} mm along {way}"
            for name in meets
            if name not in held
        ]
    return found


def _met(parts: Meshes, name: str, step: tuple) -> set[str]:
    there = moved(parts[name], step)
    others = [other for other in parts if other != name]
    return {other for other in others if common_mm3(there, parts[other]) >= STOPPED_MM3}


def assembly(pod: Pod, parts: Meshes) -> list[str]:
    """Return what is in the way of a part that is put in from above, in the order of assembly.

    The lid goes in with its arms bent inwards by the hooks' overlap, as the wall bends them. The
    switch is left out: it is tilted in, its knob first.
    """
    found = []
    there = [parts["base"], parts["switch"]]
    for name in ("cell", "tray", "xiao", "imu", "lid"):
        part = _with_bent_arms(pod, parts["lid"]) if name == "lid" else parts[name]
        for above_mm in np.arange(0.0, 16.0, 0.5):
            hit = max(common_mm3(moved(part, (0, 0, float(above_mm))), other) for other in there)
            if hit > STOPPED_MM3:
                found.append(f"{name} meets something {above_mm:.1f} mm above its place")
                break
        there.append(part)
    return found


def sideways_on_the_lid(parts: Meshes) -> list[str]:
    """Return parts that only the lid stops along x or y: a drop on an edge would push it off.

    The USB socket is the one thing that the lid frames; the board it sits on is stopped elsewhere.
    """
    found = []
    for name in ("xiao", "imu", "cell", "switch", "tray"):
        for way in ("+x", "-x", "+y", "-y"):
            there = moved(parts[name], tuple(SHIFT_MM * d for d in DIRECTIONS[way]))
            holders = [o for o in ("base", "tray") if o != name]
            if max(common_mm3(there, parts[o]) for o in holders) < STOPPED_MM3:
                found.append(f"only the lid stops {name} along {way}")
    return found


def drop(parts: Meshes, margin_mm: float = 0.2) -> list[str]:
    """Return ways to fall in which something else than the shell would touch the floor first."""
    found = []
    for direction in product((-1, 0, 1), repeat=3):
        if not any(direction):
            continue
        unit = np.array(direction) / np.sqrt(np.abs(direction).sum())
        reach = {name: float((part.vertices * unit).sum(1).max()) for name, part in parts.items()}
        shell = max(reach["base"], reach["lid"])
        for name in ("xiao", "imu", "cell", "switch", "tray"):
            if reach[name] > shell - margin_mm:
                found.append(f"falling along {direction}, {name} touches first")
    return found


def plug(pod: Pod, parts: Meshes) -> list[str]:
    """Return what keeps a USB-C plug from going in to its end.

    The largest overmould of USB Type-C is 12.35 x 6.5 mm, the plug's shell 8.34 x 2.56 and 6.65
    long (USB Type-C specification, plug drawings; from memory: check with a real cable).
    """
    found = []
    face = -pod.outer_length_mm / 2 + pod.plug_depth_mm
    z = pod.board_z_mm + XIAO.pcb_mm + XIAO.usb_height_mm / 2
    mould = block((face - 20, face), (-12.35 / 2, 12.35 / 2), (z - 3.25, z + 3.25))
    shell = block((face, face + 6.65), (-4.17, 4.17), (z - 1.28, z + 1.28))
    for what, name in product((mould, shell), ("base", "lid")):
        if common_mm3(what, parts[name]) > TOUCH_MM3:
            found.append(f"a plug meets the {name}")
    socket = pod.xiao_x_mm - XIAO.length_mm / 2 - XIAO.usb_overhang_mm
    if socket - face > 0.5:
        found.append(f"the socket lies {socket - face:.2f} mm behind the plug's stop")
    if face - socket > 0.3:
        found.append(f"the socket stands {face - socket:.2f} mm out of the wall")
    return found


def keys(parts: Meshes) -> list[str]:
    """Return keys that would not press their button, or always would."""
    way = KEY.gap_mm + KEY.travel_mm
    found = []
    for shift, wanted in ((-KEY.gap_mm + 0.05, False), (-way, True)):
        pressed = common_mm3(moved(parts["lid"], (0, 0, shift)), _buttons(parts)) > TOUCH_MM3
        if pressed != wanted:
            found.append(f"a key {-shift:.2f} mm down {'misses' if wanted else 'meets'} its button")
    return found


def antenna(pod: Pod, parts: Meshes) -> list[str]:
    """Return what is in the antenna's room, and metal that lies between it and the outside."""
    room = mesh(bought.antenna(pod))
    found = []
    for name, part in parts.items():
        if common_mm3(room, part) > TOUCH_MM3:
            found.append(f"the {name} is in the antenna's room")
        if name in ("cell", "switch", "imu", "xiao") and part.bounds[1][2] > room.bounds[1][2]:
            found.append(f"the {name} lies between the antenna and the outside")
    if room.bounds[1][2] < pod.board_z_mm + XIAO.pcb_mm + 3.0:
        found.append("the antenna is less than 3 mm from a board")
    return found


def strap(pod: Pod, parts: Meshes) -> list[str]:
    """Return what is wrong with the way of the strap's pull: slot, bar, root, all in the base."""
    found = []
    half = pod.strap_width_mm / 2
    thick = pod.strap_thickness_mm / 2
    for side in (1, -1):
        y = side * pod.slot_y_mm
        band = block((-half, half), (y - thick, y + thick), (-5, pod.wing_mm + 30))
        for name in ("base", "lid"):
            if common_mm3(band, parts[name]) > TOUCH_MM3:
                found.append(f"the strap meets the {name} on side {side:+d}")
        out = moved(band, (0, side * (pod.slot_width_mm / 2 + SHIFT_MM), 0))
        if common_mm3(out, parts["base"]) < STOPPED_MM3:
            found.append(f"nothing holds the strap on side {side:+d}")
        outer = side * pod.wing_y_mm
        bar = block((-half, half), (outer, outer - side * pod.bar_mm), (0, pod.wing_mm))
        if common_mm3(bar, parts["base"]) < 0.99 * bar.volume:
            found.append(f"the bar on side {side:+d} is not solid")
        end = pod.slot_length_mm / 2
        wall = side * (pod.outer_width_mm / 2 - 1.0)
        for sign in (1, -1):
            web = block(
                (sign * end, sign * (end + pod.bar_mm - 3.2)), (wall, outer - side * 3.2),
                (0.9, pod.wing_mm),
            )  # fmt: skip
            if common_mm3(web, parts["base"]) < 0.98 * web.volume:
                found.append(f"the pull has no way from bar to wall on side {side:+d}")
    return found


def laces(pod: Pod, parts: Meshes) -> list[str]:
    """Return what is wrong with the clip: a lace lies on each finger, and its lips hold it.

    Along the laces nothing but friction holds the pod; the tug in bringup.md tries it.
    """
    found = []
    reach = pod.finger_length_mm / 2
    for end in (1, -1):
        middle, half = pod.finger_x_mm(end), pod.lace_mm / 2
        lies = (pod.finger_mm + 0.02, pod.finger_mm + 1.5)
        lace = block((middle - half, middle + half), (-reach - 20, reach + 20), lies)
        if common_mm3(lace, parts["base"]) > TOUCH_MM3:
            found.append(f"no room for a lace at end {end:+d}")
        for way, step in (("+x", (1, 0, 0)), ("-x", (-1, 0, 0)), ("down", (0, 0, -1))):
            there = moved(lace, tuple(SHIFT_MM * d for d in step))
            if common_mm3(there, parts["base"]) < STOPPED_MM3:
                found.append(f"a lace at end {end:+d} is free to move {way}")
    return found


def _with_bent_arms(pod: Pod, part: trimesh.Trimesh) -> trimesh.Trimesh:
    """Return the lid with its arms shifted inwards below the ceiling."""
    pieces = []
    for wall, side, middle in bought.arm_places():
        across = (pod.width_mm if wall == "y" else pod.length_mm) / 2
        outer = (side * (across - 3.1), side * (across + 3.0))
        along = (middle - SNAP.width_mm / 2 - 0.1, middle + SNAP.width_mm / 2 + 0.1)
        z = (0.0, pod.split_mm)
        room = block(along, outer, z) if wall == "y" else block(outer, along, z)
        arm = trimesh.boolean.intersection([part, room], engine="manifold")
        part = trimesh.boolean.difference([part, room], engine="manifold")
        inwards = -side * SNAP.overlap_mm
        pieces.append(moved(arm, (0, inwards, 0) if wall == "y" else (inwards, 0, 0)))
    return trimesh.util.concatenate([part, *pieces])


def _buttons(parts: Meshes) -> trimesh.Trimesh:
    """Return the part of the controller board where the buttons are, board included."""
    low = parts["xiao"].bounds[0]
    pieces = []
    for side in (1, -1):
        y = (side * (XIAO.button_off_axis_mm - 0.8), side * (XIAO.button_off_axis_mm + 0.8))
        x0 = low[0] + XIAO.usb_overhang_mm + XIAO.button_inside_mm
        top = low[2] + XIAO.pcb_mm
        pieces.append(block((x0 - 1.3, x0 + 1.3), y, (top, top + XIAO.button_height_mm)))
    return trimesh.boolean.union(pieces, engine="manifold")
