"""The bought parts as envelopes, in their places: what the printed parts are made around."""

from build123d import Part

from enclosure.parameters import CELL, IMU, SNAP, SWITCH, XIAO, Pod
from enclosure.solids import box, rod_z


def xiao(pod: Pod) -> Part:
    """Return the controller board: board, USB socket, buttons, and a block for the rest."""
    x0, x1 = _span(pod.xiao_x_mm, XIAO.length_mm)
    z0 = pod.board_z_mm
    z1 = z0 + XIAO.pcb_mm
    half = XIAO.width_mm / 2
    usb_x0 = x0 - XIAO.usb_overhang_mm
    usb_half = XIAO.usb_width_mm / 2
    part = box((x0, x1), (-half, half), (z0, z1))
    part += box(
        (usb_x0, usb_x0 + XIAO.usb_length_mm), (-usb_half, usb_half), (z1, z1 + XIAO.usb_height_mm)
    )
    part += box((usb_x0 + XIAO.usb_length_mm, x1 - 0.8), (-6.4, 6.4), (z1, z1 + 1.6))
    part += box((x1 - 4.0, x1 - 0.8), (3.2, 6.4), (z1, z1 + XIAO.parts_height_mm))
    for sign in (1, -1):
        button_x = x0 + XIAO.button_inside_mm
        part += box(
            (button_x - 1.3, button_x + 1.3),
            (sign * (XIAO.button_off_axis_mm - 0.8), sign * (XIAO.button_off_axis_mm + 0.8)),
            (z1, z1 + XIAO.button_height_mm),
        )
    return part


def imu(pod: Pod) -> Part:
    """Return the breakout: board with its two holes, two sockets, and a block for the rest."""
    x0, x1 = _span(pod.imu_x_mm, IMU.length_mm)
    z0 = pod.board_z_mm
    z1 = z0 + IMU.pcb_mm
    half = IMU.width_mm / 2
    part = box((x0, x1), (-half, half), (z0, z1))
    for along in IMU.hole_x_mm:
        part -= rod_z(x0 + along, IMU.hole_y_mm - half, IMU.hole_mm, (z0 - 1, z1 + 1))
    socket = IMU.socket_width_mm / 2
    for a, b in ((x0, x0 + IMU.socket_length_mm), (x1 - IMU.socket_length_mm, x1)):
        part += box((a, b), (-socket, socket), (z1, z1 + IMU.socket_height_mm))
    part += box((x0 + 5, x1 - 5), (-4.5, 4.5), (z1, z1 + IMU.parts_height_mm))
    return part


def cell(pod: Pod) -> Part:
    """Return the battery."""
    half = CELL.width_mm / 2
    z0 = pod.floor_top_mm
    return box(_span(pod.cell_x_mm, CELL.length_mm), (-half, half), (z0, z0 + CELL.height_mm))


def switch(pod: Pod) -> Part:
    """Return the slide switch with its knob at the inner end of its travel, and its pins."""
    x0 = -pod.length_mm / 2 + 0.05
    x1 = x0 + SWITCH.depth_mm
    z0 = pod.switch_z_mm
    z1 = z0 + SWITCH.height_mm
    half = SWITCH.length_mm / 2
    part = box((x0, x1), (-half, half), (z0, z1))
    middle = (z0 + z1) / 2
    reach = SWITCH.knob_width_mm / 2
    knob = SWITCH.knob_travel_mm / 2
    part += box(
        (x0 - SWITCH.knob_length_mm, x0),
        (knob - reach, knob + reach),
        (middle - reach, middle + reach),
    )
    for y in (-2.5, 0.0, 2.5):
        part += box((x1, x1 + SWITCH.pins_mm), (y - 0.3, y + 0.3), (middle - 0.3, middle + 0.3))
    return part


def antenna(pod: Pod) -> Part:
    """Return the room of a flexible antenna under the lid, between the breakout's sockets.

    1.5 mm high: the antenna, its pad of glue, and the cable (1.13 mm) beside it.
    """
    start = pod.imu_x_mm - IMU.length_mm / 2 + IMU.socket_length_mm + 0.8
    end = pod.imu_x_mm + IMU.length_mm / 2 - IMU.socket_length_mm - 0.8
    return box((start, end), (-11.0, 11.0), (pod.ceiling_z_mm - 1.5, pod.ceiling_z_mm))


def all_parts(pod: Pod) -> dict[str, Part]:
    """Return every bought part that sits in the pod, by name."""
    return {"xiao": xiao(pod), "imu": imu(pod), "cell": cell(pod), "switch": switch(pod)}


def arm_places() -> list[tuple[str, int, float]]:
    """Return where the lid's arms stand: wall ("y" or "x"), its side, the middle along it."""
    return [
        ("y", 1, SNAP.side_x_mm),
        ("y", -1, SNAP.side_x_mm),
        ("x", 1, SNAP.end_y_mm),
        ("x", 1, -SNAP.end_y_mm),
    ]


def _span(middle: float, length: float) -> tuple[float, float]:
    return middle - length / 2, middle + length / 2
