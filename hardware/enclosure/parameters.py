"""Every dimension of the pod, in one place. Change a number here, run the checks, print.

Frame: the lid's, as everywhere in Anklet: +x along the arrow (up the leg), +z out of the lid,
+y completes it. The origin is the middle of the skin side. Lengths in millimetres.

Sizes of bought parts are envelopes: measure yours and write what you find. Sources: [seeed] Seeed's
wiki page of the XIAO ESP32-S3; [glb] Seeed's 3D model as read by others (board 21.14 x 17.78 x 1.2,
buttons 5.93 off the middle and 1.61 inside the USB end, shell 1.5 past the end); [brd] Adafruit's
board file of product 4438 (25.4 x 17.78, holes at 2.54 and 22.86 along, 15.24 across); [assumed]
nobody looked yet.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Xiao:
    """The controller board; USB-C towards -x, components up."""

    length_mm: float = 21.14  # [glb]
    width_mm: float = 17.8  # [seeed]
    pcb_mm: float = 1.2  # [glb]
    usb_length_mm: float = 7.3  # [glb]
    usb_width_mm: float = 9.0  # USB-C receptacle shell 8.94 (USB-IF), rounded up
    usb_height_mm: float = 3.2  # [assumed] 3.16 to 3.26 in common receptacles
    usb_overhang_mm: float = 1.5  # [glb]
    button_inside_mm: float = 1.61  # [glb]
    button_off_axis_mm: float = 5.93  # [glb]; which of the two is BOOT the model does not say
    button_height_mm: float = 0.75  # [glb], above the board
    parts_height_mm: float = 2.5  # [assumed], with the antenna's plug in its socket


@dataclass(frozen=True)
class Imu:
    """Adafruit 4438; its +X towards +x, component face up, mounting holes towards +y."""

    length_mm: float = 25.4  # [brd]
    width_mm: float = 17.78  # [brd]
    pcb_mm: float = 1.6  # [assumed] the usual board
    socket_length_mm: float = 4.3  # [assumed] JST SH, lying
    socket_width_mm: float = 6.0  # [assumed]
    socket_height_mm: float = 2.95  # [assumed]
    parts_height_mm: float = 1.6  # [assumed]
    hole_mm: float = 2.5  # [assumed]
    hole_x_mm: tuple[float, float] = (2.54, 22.86)  # [brd], from the -x edge
    hole_y_mm: float = 15.24  # [brd], from the -y edge


@dataclass(frozen=True)
class Cell:
    """A protected LiPo cell of size code 502535; the largest that fits."""

    length_mm: float = 37.0
    width_mm: float = 25.5
    height_mm: float = 5.6
    swell_mm: float = 0.5  # left free above it: a pouch grows with age


@dataclass(frozen=True)
class Switch:
    """A slide switch with a body as the common SS12D00; it lies, its knob through the -x wall."""

    length_mm: float = 8.6  # [assumed], across (y)
    depth_mm: float = 3.6  # [assumed], body into the pod (x)
    height_mm: float = 3.7  # [assumed], z
    knob_length_mm: float = 3.0  # [assumed], the "G3" kind, out of the body
    knob_width_mm: float = 1.6  # [assumed]
    knob_travel_mm: float = 2.0  # [assumed]
    pins_mm: float = 3.0  # [assumed], behind the body, wires included


@dataclass(frozen=True)
class Snap:
    """An arm of the lid: a cantilever of constant section with a hook near its end."""

    count: int = 4
    width_mm: float = 9.0
    thickness_mm: float = 1.4
    length_mm: float = 11.2  # from the ceiling to the crest of the hook
    overlap_mm: float = 0.6  # crest beyond the wall's face: what the arm must give way
    gap_mm: float = 0.2  # arm to the wall
    lead_deg: float = 35.0  # of the face that slides in, against the arm
    hold_deg: float = 45.0  # of the face that holds, against the arm; also its overhang in print
    tip_mm: float = 1.7  # from the crest to the end of the arm
    play_mm: float = 0.1  # between hook and recess
    slit_mm: float = 0.8  # beside the arm, and behind it
    side_x_mm: float = -19.2  # middle of the arms on the long sides
    end_y_mm: float = 7.0  # middle of the arms at the +x end, on either side


@dataclass(frozen=True)
class Key:
    """A tongue in the lid that reaches a button of the controller board."""

    width_mm: float = 5.0
    thickness_mm: float = 1.2
    length_mm: float = 10.8  # from the root to the pin
    tip_mm: float = 1.2  # beyond the pin
    slit_mm: float = 0.6
    pin_mm: float = 1.8  # diameter
    gap_mm: float = 0.3  # pin to button
    travel_mm: float = 0.3  # of the button [assumed]


@dataclass(frozen=True)
class Pod:
    """The printed parts; `foot` adds the clip for shoe-laces in place of the strap's slots."""

    foot: bool = False
    # walls
    wall_mm: float = 2.0
    floor_mm: float = 1.8
    ceiling_mm: float = 1.6
    corner_mm: float = 4.0
    edge_mm: float = 1.0  # chamfer of the outer edges
    skirt_mm: float = 1.2
    mark_mm: float = 0.4  # depth of arrow and letters
    guard_mm: float = 1.6  # ribs that stand before the switch's knob
    # clearances: between printed parts, around bought parts
    fit_mm: float = 0.2
    part_fit_mm: float = 0.25
    # heights
    tray_mm: float = 1.6
    standoff_mm: float = 1.6  # under the boards: solder and wires
    headroom_mm: float = 0.4  # over the highest part
    ledge_mm: float = 0.8  # the tray rests on it
    split_below_ceiling_mm: float = 3.4
    # lengths
    board_gap_mm: float = 2.0  # between the boards
    xiao_end_mm: float = 0.3  # board to the -x wall
    imu_end_mm: float = 2.6  # board to the +x wall: arms and the end of the tray
    # opening for the plug's moulding: outside, the wall is thinner there
    plug_width_mm: float = 12.8
    plug_height_mm: float = 7.0
    plug_depth_mm: float = 0.8
    # strap
    strap_width_mm: float = 25.0
    strap_thickness_mm: float = 2.2
    slot_length_mm: float = 26.5
    slot_width_mm: float = 3.4
    wing_mm: float = 3.4  # thickness
    bar_mm: float = 4.6  # what the strap pulls on
    root_mm: float = 1.6  # between the slot and the wall
    # laces: they lie in a channel on top of two fingers
    lace_mm: float = 5.8  # widest lace
    channel_mm: float = 6.6
    lip_mm: float = 1.2  # beside the channel, and as high
    finger_mm: float = 4.0  # thickness under the channel
    finger_length_mm: float = 27.0
    finger_gap_mm: float = 3.0  # finger to wall

    @property
    def floor_top_mm(self) -> float:
        """Height of the cell's bed."""
        return self.floor_mm

    @property
    def ledge_z_mm(self) -> float:
        """Height of the ledge under the tray."""
        return self.floor_mm + CELL.height_mm + CELL.swell_mm

    @property
    def tray_top_mm(self) -> float:
        """Height of the tray's upper face."""
        return self.ledge_z_mm + self.tray_mm

    @property
    def board_z_mm(self) -> float:
        """Height of the boards' lower faces."""
        return self.tray_top_mm + self.standoff_mm

    @property
    def ceiling_z_mm(self) -> float:
        """Height of the lid's inner face."""
        xiao = XIAO.pcb_mm + max(XIAO.usb_height_mm, XIAO.parts_height_mm)
        imu = IMU.pcb_mm + IMU.socket_height_mm
        return self.board_z_mm + max(xiao, imu) + self.headroom_mm

    @property
    def top_mm(self) -> float:
        """Height of the lid's outer face."""
        return self.ceiling_z_mm + self.ceiling_mm

    @property
    def split_mm(self) -> float:
        """Height of the seam between base and lid."""
        return self.ceiling_z_mm - self.split_below_ceiling_mm

    @property
    def length_mm(self) -> float:
        """Inner length."""
        boards = XIAO.length_mm + self.board_gap_mm + IMU.length_mm
        return self.xiao_end_mm + boards + self.imu_end_mm

    @property
    def bay_width_mm(self) -> float:
        """Inner width below the ledge."""
        return CELL.width_mm + 2 * self.part_fit_mm

    @property
    def width_mm(self) -> float:
        """Inner width above the ledge."""
        return self.bay_width_mm + 2 * self.ledge_mm

    @property
    def outer_length_mm(self) -> float:
        """Length without guards."""
        return self.length_mm + 2 * self.wall_mm

    @property
    def outer_width_mm(self) -> float:
        """Width without wings."""
        return self.width_mm + 2 * self.wall_mm

    @property
    def xiao_x_mm(self) -> float:
        """Middle of the controller board."""
        return -self.length_mm / 2 + self.xiao_end_mm + XIAO.length_mm / 2

    @property
    def imu_x_mm(self) -> float:
        """Middle of the breakout."""
        return self.length_mm / 2 - self.imu_end_mm - IMU.length_mm / 2

    @property
    def cell_x_mm(self) -> float:
        """Middle of the cell: towards +x, beyond the switch, before the arms."""
        arms = SNAP.gap_mm + SNAP.thickness_mm + 0.9
        return self.length_mm / 2 - arms - self.part_fit_mm - CELL.length_mm / 2

    @property
    def switch_z_mm(self) -> float:
        """Lower face of the switch: the tray holds it down."""
        return self.ledge_z_mm - self.fit_mm - SWITCH.height_mm

    @property
    def crest_z_mm(self) -> float:
        """Height of the hooks' crests."""
        return self.ceiling_z_mm - SNAP.length_mm

    @property
    def key_y_mm(self) -> float:
        """Middle of a key, on either side."""
        return XIAO.button_off_axis_mm

    @property
    def key_x_mm(self) -> float:
        """Middle of a key's pin."""
        return self.xiao_x_mm - XIAO.length_mm / 2 + XIAO.button_inside_mm

    @property
    def finger_width_mm(self) -> float:
        """Width of a finger, lips included."""
        return self.channel_mm + 2 * self.lip_mm

    @property
    def slot_y_mm(self) -> float:
        """Middle of a strap slot."""
        return self.outer_width_mm / 2 + self.root_mm + self.slot_width_mm / 2

    @property
    def wing_y_mm(self) -> float:
        """Outer edge of a wing."""
        return self.slot_y_mm + self.slot_width_mm / 2 + self.bar_mm

    def finger_x_mm(self, end: int) -> float:
        """Middle of the finger at the end of sign `end`; at -x it keeps clear of the guards."""
        wall = self.outer_length_mm / 2 + (self.guard_mm if end < 0 else 0.0)
        return end * (wall + self.finger_gap_mm + self.finger_width_mm / 2)


XIAO, IMU, CELL, SWITCH, SNAP, KEY = Xiao(), Imu(), Cell(), Switch(), Snap(), Key()
SHANK, FOOT = Pod(), Pod(foot=True)
