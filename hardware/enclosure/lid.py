"""The lid: arms that hold it, posts that hold the boards down, keys, arrow and side marks."""

from math import radians, tan

from build123d import Axis, Part, chamfer

from enclosure.base import plug_recess
from enclosure.bought import arm_places
from enclosure.parameters import IMU, KEY, SNAP, XIAO, Pod
from enclosure.solids import box, mirrored, prism_x, prism_y, prism_z, rod_z, rounded_box

# Strokes of the letters, 4 x 6 mm, to the right and up as seen with the arrow upwards; drawn here
# because a font would make the shape depend on the machine.
LETTER_L = [[(-2, 0), (-2, 6), (-0.9, 6), (-0.9, 0)], [(-2, 0), (2, 0), (2, 1.1), (-2, 1.1)]]
LETTER_R = [
    [(-2, 0), (-2, 6), (-0.9, 6), (-0.9, 0)],
    [(-2, 6), (2, 6), (2, 4.9), (-2, 4.9)],
    [(-2, 3.6), (2, 3.6), (2, 2.5), (-2, 2.5)],
    [(0.9, 6), (2, 6), (2, 2.5), (0.9, 2.5)],
    [(-0.4, 3), (0.8, 3), (2.1, 0), (0.9, 0)],
]


def make(pod: Pod) -> Part:
    """Return the lid in its place; it prints upside down, on its outer face."""
    part = _shell(pod) + _posts(pod)
    for wall, side, middle in arm_places():
        part -= _room(pod, wall, side, middle)
        part += _arm(pod, wall, side, middle)
    part -= _usb(pod)
    part -= plug_recess(pod)
    for sign in (1, -1):
        part = _with_key(pod, part, sign)
    part -= _marks(pod)
    return part


def _shell(pod: Pod) -> Part:
    """Return ceiling, walls, and the skirt that stands inside the base down to the tray."""
    outer = rounded_box(
        pod.outer_length_mm, pod.outer_width_mm, pod.corner_mm, (pod.split_mm, pod.top_mm)
    )
    outer = chamfer(outer.edges().group_by(Axis.Z)[-1], pod.edge_mm)
    radius = pod.corner_mm - pod.wall_mm
    z = (pod.split_mm - 1, pod.ceiling_z_mm)
    part = outer - rounded_box(pod.length_mm, pod.width_mm, radius, z)
    skirt_z = (pod.tray_top_mm + pod.fit_mm, pod.ceiling_z_mm + 0.2)
    fit = 2 * pod.fit_mm
    block = rounded_box(pod.length_mm - fit, pod.width_mm - fit, radius, skirt_z)
    thick = fit + 2 * pod.skirt_mm
    skirt = block - rounded_box(pod.length_mm - thick, pod.width_mm - thick, 0.8, (0, 40))
    above = rounded_box(
        pod.length_mm + 0.2, pod.width_mm + 0.2, radius, (pod.split_mm, pod.ceiling_z_mm + 0.2)
    ) - rounded_box(pod.length_mm - thick, pod.width_mm - thick, 0.8, (0, 40))
    free = box((-pod.length_mm, -pod.length_mm / 2 + 1.6), (-10.6, 10.6), (0, pod.ceiling_z_mm))
    free += box((pod.length_mm / 2 - 1.7, pod.length_mm), (-2.2, 2.2), (0, pod.ceiling_z_mm))
    return part + (skirt - free) + (above - free)


def _posts(pod: Pod) -> Part:
    """Return what keeps the boards down: at their corners, where no part and no pad is."""
    xiao_end = pod.xiao_x_mm + XIAO.length_mm / 2
    imu_start = pod.imu_x_mm - IMU.length_mm / 2
    imu_end = pod.imu_x_mm + IMU.length_mm / 2
    over_xiao = pod.board_z_mm + XIAO.pcb_mm + pod.fit_mm
    over_imu = pod.board_z_mm + IMU.pcb_mm + pod.fit_mm
    top = pod.ceiling_z_mm + 0.2
    part = Part()
    for sign in (1, -1):
        y = mirrored(sign, 7.1, 8.9)
        part += box((xiao_end - 1.5, xiao_end), y, (over_xiao, top))
        part += box((xiao_end, imu_start + 1.4), y, (over_imu, top))
        part += box((imu_end - 1.5, imu_end), y, (over_imu, top))
    return part


def _room(pod: Pod, wall: str, side: int, middle: float) -> Part:
    """Return the slits beside an arm and behind it, so that it can bend and does not fuse."""
    half = SNAP.width_mm / 2 + SNAP.slit_mm
    face = (pod.width_mm if wall == "y" else pod.length_mm) / 2
    limits = (middle - half, middle + half)
    across = mirrored(side, face - 3.2, face - SNAP.gap_mm + SNAP.slit_mm)
    z = (0, pod.ceiling_z_mm)
    return box(limits, across, z) if wall == "y" else box(across, limits, z)


def _arm(pod: Pod, wall: str, side: int, middle: float) -> Part:
    half = SNAP.width_mm / 2
    limits = (middle - half, middle + half)
    face = (pod.width_mm if wall == "y" else pod.length_mm) / 2
    outline = [(side * d, z) for d, z in _arm_outline(pod, face)]
    return prism_x(outline, limits) if wall == "y" else prism_y(outline, limits)


def _arm_outline(pod: Pod, face: float) -> list[tuple[float, float]]:
    """Return an arm's outline: distance from the middle of the pod, height."""
    outer = face - SNAP.gap_mm
    inner = outer - SNAP.thickness_mm
    crest = pod.crest_z_mm
    rise = SNAP.gap_mm + SNAP.overlap_mm
    end = crest - SNAP.tip_mm
    top = pod.ceiling_z_mm + 0.2
    lead = min(rise / tan(radians(SNAP.lead_deg)), SNAP.tip_mm)
    return [
        (inner - 0.8, top),
        (inner - 0.8, pod.ceiling_z_mm),
        (inner, pod.ceiling_z_mm - 0.8),
        (inner, end),
        (outer, end),
        (outer, crest - lead),
        (outer + rise, crest),
        (outer, crest + rise / tan(radians(SNAP.hold_deg))),
        (outer, top),
    ]


def _usb(pod: Pod) -> Part:
    """Return the upper part of the USB opening; its top edge keeps the socket down."""
    half = XIAO.usb_width_mm / 2 + pod.part_fit_mm
    top = pod.board_z_mm + XIAO.pcb_mm + XIAO.usb_height_mm + pod.fit_mm
    x = (-pod.outer_length_mm / 2 - 1, -pod.length_mm / 2 + 2.0)
    return box(x, (-half, half), (0, top))


def _with_key(pod: Pod, part: Part, sign: int) -> Part:
    """Cut a tongue into the ceiling and put a pin under it, over a button of the board."""
    x, y = pod.key_x_mm, sign * pod.key_y_mm
    half = KEY.width_mm / 2
    root, tip = x + KEY.length_mm, x - KEY.tip_mm
    slit = KEY.slit_mm
    z = (pod.ceiling_z_mm - 0.5, pod.top_mm + 1)
    hollow = pod.top_mm - KEY.thickness_mm
    part -= box((tip - slit, root), (y - half - slit, y + half + slit), (z[0], hollow))
    frame = box((tip - slit, root), (y - half - slit, y + half + slit), z)
    frame -= box((tip, root), (y - half, y + half), z)
    part -= frame
    button_z = pod.board_z_mm + XIAO.pcb_mm + XIAO.button_height_mm
    part += rod_z(x, y, KEY.pin_mm, (button_z + KEY.gap_mm, hollow + 0.2))
    return part - (rod_z(x, y, 3.0, (pod.top_mm - 0.3, pod.top_mm + 1)))


def _marks(pod: Pod) -> Part:
    """Return what is cut into the outer face: the arrow, the letters and the dots beside them."""
    z = (pod.top_mm - pod.mark_mm, pod.top_mm + 1)
    arrow = prism_z([(-9, -1.3), (9, -1.3), (9, -4.2), (17, 0), (9, 4.2), (9, 1.3), (-9, 1.3)], z)
    part = Part() + arrow
    for sign, letter in ((1, LETTER_L), (-1, LETTER_R)):
        part += rod_z(-2.0, sign * 9.3, 3.0, (pod.top_mm - 0.8, pod.top_mm + 1))
        for stroke in letter:
            part += prism_z([(1.0 + up, sign * 9.3 - right) for right, up in stroke], z)
    return part
