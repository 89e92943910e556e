"""The base: cell, switch and tray lie in it, the strap or the laces hold it."""

from build123d import Axis, Part, chamfer, fillet

from enclosure.bought import arm_places
from enclosure.parameters import CELL, SNAP, SWITCH, XIAO, Pod
from enclosure.solids import box, mirrored, prism_x, prism_y, rounded_box


def make(pod: Pod) -> Part:
    """Return the base, skin side at z = 0; it prints as it stands."""
    part = _shell(pod)
    part += _bed_of_the_cell(pod)
    part += _seat_of_the_switch(pod)
    part += _fingers(pod) if pod.foot else _wings(pod)
    part += _guards(pod)
    for wall, side, middle in arm_places():
        part -= _way_of_an_arm(pod, wall, side, middle)
    part -= _openings(pod)
    part -= _pry_slots(pod)
    return part


def _shell(pod: Pod) -> Part:
    outer = rounded_box(pod.outer_length_mm, pod.outer_width_mm, pod.corner_mm, (0, pod.split_mm))
    outer = chamfer(outer.edges().group_by(Axis.Z)[0], pod.edge_mm)
    radius = pod.corner_mm - pod.wall_mm
    bay = rounded_box(pod.length_mm, pod.bay_width_mm, radius, (pod.floor_top_mm, pod.split_mm + 1))
    upper = rounded_box(pod.length_mm, pod.width_mm, radius, (pod.ledge_z_mm, pod.split_mm + 1))
    return outer - bay - upper


def _bed_of_the_cell(pod: Pod) -> Part:
    """Return the ribs before and behind the cell; its leads pass in the middle of the first."""
    z = (pod.floor_top_mm - 0.5, pod.floor_top_mm + CELL.height_mm * 0.7)
    half = pod.bay_width_mm / 2 + 0.3
    near = pod.cell_x_mm - CELL.length_mm / 2 - pod.part_fit_mm
    far = pod.cell_x_mm + CELL.length_mm / 2 + pod.part_fit_mm
    end = pod.length_mm / 2 + 0.5
    arm = SNAP.end_y_mm + SNAP.width_mm / 2 + SNAP.slit_mm
    part = box((far, end), (-1.6, 1.6), z)
    for sign in (1, -1):
        part += box((near - 1.2, near), mirrored(sign, 5.0, 11.2), z)
        part += box((far, end), mirrored(sign, arm, half), z)
    return part


def _seat_of_the_switch(pod: Pod) -> Part:
    """Return a pedestal under the switch and a corner post at either side of its back."""
    x0 = -pod.length_mm / 2
    back = x0 + SWITCH.depth_mm + 0.05 + pod.part_fit_mm
    side = SWITCH.length_mm / 2 + pod.part_fit_mm
    z0, z1 = pod.floor_top_mm - 0.5, pod.switch_z_mm + SWITCH.height_mm - 0.6
    part = box((x0 - 0.5, back), (-side, side), (z0, pod.switch_z_mm))
    for sign in (1, -1):
        part += box((x0 - 0.5, back + 1.4), mirrored(sign, side, side + 1.3), (z0, z1))
        part += box((back, back + 1.4), mirrored(sign, 3.4, side + 1.3), (z0, z1))
    return part


def _wings(pod: Pod) -> Part:
    """Return a wing with a slot for the strap on either long side."""
    part = Part()
    length = pod.slot_length_mm + 2 * pod.bar_mm
    wall = pod.outer_width_mm / 2
    slot = pod.slot_width_mm / 2
    for sign in (1, -1):
        wing = box(
            (-length / 2, length / 2),
            mirrored(sign, wall - pod.wall_mm, pod.wing_y_mm),
            (0, pod.wing_mm),
        )
        wing -= box(
            (-pod.slot_length_mm / 2, pod.slot_length_mm / 2),
            mirrored(sign, pod.slot_y_mm - slot, pod.slot_y_mm + slot),
            (-1, pod.wing_mm + 1),
        )
        outer = wing.edges().filter_by(Axis.Z).group_by(Axis.Y)[-1 if sign > 0 else 0]
        wing = fillet(outer, 3.0)
        part += wing
    return part


def _fingers(pod: Pod) -> Part:
    """Return two fingers that go under the laces, rooted at opposite sides: turn to put on."""
    return _finger(pod, 1) + _finger(pod, -1)


def _finger(pod: Pod, sign: int) -> Part:
    """Return one finger with its foot; its free end slopes, to slip under a tight lace."""
    middle, half = pod.finger_x_mm(sign), pod.finger_width_mm / 2
    root, top = pod.finger_length_mm / 2, pod.finger_mm
    x = (middle - half, middle + half)
    inside = sign * (pod.outer_length_mm / 2 - pod.wall_mm)
    foot = box((inside, middle + sign * half), mirrored(sign, -root, -root + 7.0), (0, top))
    part = foot + box(x, mirrored(sign, -root, root), (0, top))
    for edge in (-1, 1):
        lip = (middle + edge * half, middle + edge * (half - pod.lip_mm))
        part += box(lip, mirrored(sign, -root, root), (top - 0.1, top + pod.lip_mm))
    ramp = [
        (root - 6.0, top + 2),
        (root - 6.0, top + pod.lip_mm),
        (root + 1, 1.6),
        (root + 1, top + 2),
    ]
    part -= prism_x([(sign * y, z) for y, z in ramp], (x[0] - 1, x[1] + 1))
    return part


def _guards(pod: Pod) -> Part:
    """Return two ribs that stand further out than the switch's knob."""
    x0 = -pod.outer_length_mm / 2
    top = pod.switch_z_mm + SWITCH.height_mm
    part = Part()
    for sign in (1, -1):
        y = mirrored(sign, 3.4, 5.4)
        part += box((x0 - pod.guard_mm, x0 + 0.5), y, (0, top))
        part += prism_y(
            [(x0 - pod.guard_mm, top), (x0 + 0.5, top), (x0 + 0.5, top + pod.guard_mm + 0.5)], y
        )
    return part


def _way_of_an_arm(pod: Pod, wall: str, side: int, middle: float) -> Part:
    """Return the room of an arm of the lid below the ledge, and the recess of its hook.

    The recess's roof is as steep as the hook's holding face, so it prints without support.
    """
    half = SNAP.width_mm / 2 + pod.fit_mm
    face = (pod.width_mm if wall == "y" else pod.length_mm) / 2
    inner = face - SNAP.gap_mm - SNAP.thickness_mm - SNAP.overlap_mm - 0.4
    end = pod.crest_z_mm - SNAP.tip_mm - 0.3
    outline = _recess(pod, face)
    if wall == "y":
        limits = (middle - half, middle + half)
        room = box(limits, mirrored(side, inner, face), (end, pod.split_mm + 1))
        return room + prism_x([(side * d, z) for d, z in outline], limits)
    limits = (middle - half, middle + half)
    room = box(mirrored(side, inner, face), limits, (end, pod.split_mm + 1))
    return room + prism_y([(side * d, z) for d, z in outline], limits)


def _recess(pod: Pod, face: float) -> list[tuple[float, float]]:
    """Return the recess's outline: distance from the middle of the pod, height."""
    from math import radians, tan

    depth = SNAP.overlap_mm + 0.15
    crest = pod.crest_z_mm
    roof = crest + SNAP.play_mm
    up = depth / tan(radians(SNAP.hold_deg))
    down = depth / tan(radians(SNAP.lead_deg))
    return [
        (face - 0.2, roof + up + 0.2 / tan(radians(SNAP.hold_deg))),
        (face + depth, roof),
        (face + depth, crest - 0.2),
        (face, crest - 0.2 - down),
        (face - 0.2, crest - 0.2 - down),
    ]


def _openings(pod: Pod) -> Part:
    """Return the lower part of the USB opening, the plug's recess and the knob's slot."""
    x = (-pod.outer_length_mm / 2 - pod.guard_mm - 1, -pod.length_mm / 2 + 0.1)
    usb_z = pod.board_z_mm + XIAO.pcb_mm - pod.fit_mm
    half = XIAO.usb_width_mm / 2 + pod.part_fit_mm
    part = box(x, (-half, half), (usb_z, pod.split_mm + 1))
    part += plug_recess(pod)
    knob = (SWITCH.knob_travel_mm + SWITCH.knob_width_mm) / 2 + 0.4
    middle = pod.switch_z_mm + SWITCH.height_mm / 2
    rise = SWITCH.knob_width_mm / 2 + 0.3
    part += box(x, (-knob, knob), (middle - rise, middle + rise))
    return part


def plug_recess(pod: Pod) -> Part:
    """Return what a plug's moulding needs outside, shared by base and lid."""
    outside = -pod.outer_length_mm / 2
    middle = pod.board_z_mm + XIAO.pcb_mm + XIAO.usb_height_mm / 2
    half = pod.plug_width_mm / 2
    return box(
        (outside - 5, outside + pod.plug_depth_mm),
        (-half, half),
        (middle - pod.plug_height_mm / 2, pod.top_mm + 1),
    )


def _pry_slots(pod: Pod) -> Part:
    """Return a notch in the seam of either long side, for a coin or a thin screwdriver."""
    part = Part()
    for sign in (1, -1):
        part += box(
            (6.0, 14.0),
            mirrored(sign, pod.outer_width_mm / 2 - 1.0, pod.outer_width_mm / 2 + 1),
            (pod.split_mm - 0.9, pod.split_mm + 1),
        )
    return part
