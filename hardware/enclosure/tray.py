"""The tray: carries both boards and keeps their solder joints off the cell."""

from build123d import Part

from enclosure.bought import arm_places
from enclosure.parameters import IMU, SNAP, XIAO, Pod
from enclosure.solids import box, mirrored, rounded_box


def make(pod: Pod) -> Part:
    """Return the tray; it prints as it stands."""
    z = (pod.ledge_z_mm, pod.tray_top_mm)
    part = rounded_box(
        pod.length_mm - 2 * pod.fit_mm,
        pod.width_mm - 2 * pod.fit_mm,
        pod.corner_mm - pod.wall_mm,
        z,
    )
    part += _standoffs(pod)
    part += _rails(pod)
    part += _stops(pod)
    for wall, side, middle in arm_places():
        part -= _notch(pod, wall, side, middle)
    part -= _wire_holes(pod)
    return part


def _corners(pod: Pod) -> list[tuple[float, float, float, int, int, float]]:
    """Return each board corner: its x, y, the board's thickness, outward signs, sideways fit."""
    corners = []
    for middle, board in ((pod.xiao_x_mm, XIAO), (pod.imu_x_mm, IMU)):
        for sx in (1, -1):
            for sy in (1, -1):
                x = middle + sx * board.length_mm / 2
                corners.append((x, sy * board.width_mm / 2, board.pcb_mm, sx, sy, pod.part_fit_mm))
    return corners


def _standoffs(pod: Pod) -> Part:
    part = Part()
    for x, y, _, sx, sy, _ in _corners(pod):
        part += box((x, x - sx * 1.9), (y, y - sy * 1.9), (pod.tray_top_mm - 0.2, pod.board_z_mm))
    return part


def _rails(pod: Pod) -> Part:
    """Return posts beside the corners: they keep the boards from moving across."""
    part = Part()
    for x, y, pcb, sx, sy, fit in _corners(pod):
        inside = y - sy * 0.6
        part += box(
            (x, x - sx * 3.0),
            (y + sy * fit, y + sy * (fit + 1.4)),
            (pod.tray_top_mm - 0.2, pod.board_z_mm + pcb - 0.1),
        )
        part += box(
            (x, x - sx * 1.9),
            (inside, y + sy * (fit + 0.2)),
            (pod.tray_top_mm - 0.2, pod.board_z_mm),
        )
    return part


def _stops(pod: Pod) -> Part:
    """Return the walls between the boards and behind the breakout: no movement along."""
    z = (pod.tray_top_mm - 0.2, pod.board_z_mm + XIAO.pcb_mm - 0.1)
    gap = (pod.xiao_x_mm + XIAO.length_mm / 2 + pod.part_fit_mm,
           pod.imu_x_mm - IMU.length_mm / 2 - pod.part_fit_mm)  # fmt: skip
    part = Part()
    for sign in (1, -1):
        part += box(gap, mirrored(sign, 5.2, 8.8), z)
    end = pod.imu_x_mm + IMU.length_mm / 2 + pod.part_fit_mm
    return part + box((end, pod.length_mm / 2 - pod.fit_mm), (-2.0, 2.0), z)


def _notch(pod: Pod, wall: str, side: int, middle: float) -> Part:
    """Return the room of an arm that passes the tray, bent inwards as far as it must be."""
    half = SNAP.width_mm / 2 + 0.5
    z = (pod.ledge_z_mm - 1, pod.tray_top_mm + 0.01)
    reach = SNAP.gap_mm + SNAP.thickness_mm + SNAP.overlap_mm + 0.3
    if wall == "y":
        face = pod.width_mm / 2
        return box((middle - half, middle + half), mirrored(side, face - reach, face + 1), z)
    face = pod.length_mm / 2
    return box(mirrored(side, face - reach, face + 1), (middle - half, middle + half), z)


def _wire_holes(pod: Pod) -> Part:
    """Return the way of the battery's wires to the pads under the controller board."""
    z = (pod.ledge_z_mm - 1, pod.tray_top_mm + 1)
    return box((pod.xiao_x_mm - 4.5, pod.xiao_x_mm + 4.5), (-4.0, 4.0), z)
