"""The pictures of the pod: as a whole, taken apart, and a step of assembly each."""

from collections.abc import Callable
from pathlib import Path

from build123d import Part, Pos, Rot
from PIL import Image, ImageDraw

from enclosure import bought
from enclosure.assembly import everything
from enclosure.parameters import FOOT, SHANK, Pod
from enclosure.render import Solid, View, draw, label, pixel, solid
from enclosure.solids import box

COLOURS = {
    "base": "#5b7fa6", "tray": "#a9bccf", "lid": "#e3b04b", "xiao": "#3f8f4f", "imu": "#7a55ad",
    "cell": "#cfd4db", "switch": "#4a4a4a", "strap": "#3c4653", "lace": "#b8494b",
    "antenna": "#2b2b2b",
}  # fmt: skip
SIZE = (860, 640)
COLOURS_A_PICTURE = 96
Point = tuple[float, float, float]
Label = tuple[str, tuple[float, float], Point]


def draw_all(folder: Path) -> None:
    """Write every picture as PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in PICTURES.items():
        save(make(), folder / f"{name}.png")


def save(image: Image.Image, path: Path) -> None:
    """Write a picture with few colours: small, and the same bytes every time."""
    few = image.quantize(COLOURS_A_PICTURE, dither=Image.Dither.NONE)
    few.save(path, optimize=True)


def pod() -> Image.Image:
    """Return the closed pod with its strap."""
    parts = _parts(SHANK, ("base", "lid", "switch", "xiao"))
    return draw([*parts, *_strap(SHANK)], View(-122, 34), (1100, 760))


def exploded() -> Image.Image:
    """Return the pod taken apart, its parts named."""
    lifts = {"base": 0, "cell": 15, "switch": 15, "tray": 27, "xiao": 42, "imu": 42, "lid": 64}
    parts = [_one(SHANK, name, (0, 0, up)) for name, up in lifts.items()]
    names: list[Label] = [
        ("lid (P3), prints upside down", (840, 60), (18, -12, SHANK.top_mm + 64)),
        ("LSM6DSOX breakout (U2)", (890, 290), (20, -4, SHANK.board_z_mm + 45)),
        ("XIAO ESP32-S3 (U1)", (150, 330), (-22, 6, SHANK.board_z_mm + 43)),
        ("tray (P2)", (900, 470), (22, -12, SHANK.tray_top_mm + 27)),
        ("cell (BT1)", (890, 600), (20, -10, SHANK.floor_mm + 20)),
        ("switch (SW1)", (140, 570), (-25, 0, SHANK.switch_z_mm + 18)),
        ("base (P1)", (900, 780), (22, -15.8, 6)),
    ]
    return _labelled(parts, View(-125, 26), (1040, 940), names)


def step_1() -> Image.Image:
    """Return the printed parts as they lie on the bed."""
    shank = everything(SHANK)
    lid = Pos(0, 0, SHANK.top_mm) * Rot(180, 0, 0) * shank["lid"]
    tray = Pos(0, 0, -SHANK.ledge_z_mm) * shank["tray"]
    parts = [
        _one(SHANK, "base"),
        solid(tray, COLOURS["tray"], (0, -48, 0)),
        solid(lid, COLOURS["lid"], (0, -88, 0)),
        solid(everything(FOOT)["base"], COLOURS["base"], (0, 52, 0)),
    ]
    names: list[Label] = [
        ("base for the foot", (520, 60), (20, 38, 12)),
        ("base for the shank", (180, 480), (-15, 14, 12)),
        ("tray", (430, 560), (-20, -48, 2)),
        ("lid, outer face down", (660, 560), (-22, -88, 5)),
    ]
    return _labelled(parts, View(-128, 48), SIZE, names)


def step_3() -> Image.Image:
    """Return the switch on its way into the base."""
    parts = [_one(SHANK, "base"), _one(SHANK, "switch", (0, 0, 14))]
    names: list[Label] = [
        ("SW1, contacts inwards", (200, 120), (-24, 0, 20)),
        ("pedestal", (560, 590), (-24, 2, SHANK.switch_z_mm)),
    ]
    return _labelled(parts, View(-148, 44), SIZE, names, [((-24, 0, 17), (-24, 0, 9.5))])


def step_4() -> Image.Image:
    """Return the cell on its way into the base."""
    parts = [*_parts(SHANK, ("base", "switch")), _one(SHANK, "cell", (0, 0, 22))]
    names: list[Label] = [
        ("BT1, leads towards the switch", (230, 70), (-13, 4, 27)),
        ("bare joints of the switch:\ncover them with K1 first", (640, 590), (-20, -1, 6)),
    ]
    return _labelled(parts, View(-140, 40), SIZE, names, [((4, 0, 23.5), (4, 0, 9))])


def step_5() -> Image.Image:
    """Return the tray over the base."""
    parts = [*_parts(SHANK, ("base", "switch", "cell")), _one(SHANK, "tray", (0, 0, 20))]
    names: list[Label] = [
        ("red and black wires\ncome up here", (150, 90), (-14, 0, 29)),
        ("tray on the ledge", (700, 590), (12, -13.4, 28)),
    ]
    return _labelled(parts, View(-132, 40), SIZE, names, [((20, 4, 27), (20, 4, 10))])


def step_6() -> Image.Image:
    """Return both boards over the tray."""
    inside = _parts(SHANK, ("base", "switch", "cell", "tray"))
    parts = [*inside, _one(SHANK, "xiao", (0, 0, 16)), _one(SHANK, "imu", (0, 0, 16))]
    z = SHANK.board_z_mm + 17
    names: list[Label] = [
        ("U1: USB-C to the switch", (170, 90), (-22, 4, z + 4)),
        ("U2: mounting holes on the left\nas the arrow points", (640, 60), (19, 6.3, z)),
    ]
    return _labelled(parts, View(-132, 44), SIZE, names, [((-12, -5, z - 3), (-12, -5, 13))])


def step_7() -> Image.Image:
    """Return the lid from inside, with the antenna in its place."""
    parts = [_one(SHANK, "lid"), solid(_sticker(SHANK), COLOURS["antenna"])]
    z = SHANK.ceiling_z_mm
    names: list[Label] = [
        ("A1 goes here: between the posts,\nflat under the ceiling", (560, 60), (10, 4, z - 0.3)),
        ("pins of the keys", (130, 90), (SHANK.key_x_mm, -SHANK.key_y_mm, z - 2)),
        ("arms: do not bend\nfurther than they want", (150, 560), (-17, 13.6, 7)),
    ]
    return _labelled(parts, View(-118, -52), SIZE, names)


def step_8() -> Image.Image:
    """Return the lid over the filled base."""
    inside = _parts(SHANK, ("base", "switch", "cell", "tray", "xiao", "imu"))
    parts = [*inside, _one(SHANK, "lid", (0, 0, 24))]
    names: list[Label] = [
        ("press here and here:\ntwo clicks each", (690, 70), (20, -8, SHANK.top_mm + 24)),
        ("pry slot, to open", (690, 590), (10, -15.8, SHANK.split_mm - 0.5)),
    ]
    return _labelled(
        parts,
        View(-125, 30),
        SIZE,
        names,
        [((25, -15, 34), (25, -15, 14)), ((-24, -15, 34), (-24, -15, 14))],
    )


def step_9() -> Image.Image:
    """Return the shank's pod from the skin side, with the strap through its slots."""
    parts = [*_parts(SHANK, ("base", "lid")), *_strap(SHANK)]
    names: list[Label] = [
        ("strap: down through one slot,\nunder the pod, up the other", (240, 70), (-9, 14, -2)),
        ("F1 between strap and skin", (650, 590), (9, -14, -2.2)),
    ]
    return _labelled(parts, View(-118, -40), SIZE, names)


def step_10() -> Image.Image:
    """Return the foot's pod with two laces over its fingers."""
    parts = [*_parts(FOOT, ("base", "lid", "switch", "xiao")), *_laces(FOOT)]
    names: list[Label] = [
        ("laces: a finger lies under each", (230, 60), (FOOT.finger_x_mm(1), 18, 5.4)),
        (
            "turn the pod a little, slip both\nfingers under, turn back",
            (600, 590),
            (FOOT.finger_x_mm(-1), -16, 5.4),
        ),
    ]
    return _labelled(parts, View(-128, 46), SIZE, names)


PICTURES: dict[str, Callable[[], Image.Image]] = {
    "pod": pod, "exploded": exploded, "step_1_print": step_1, "step_3_switch": step_3,
    "step_4_cell": step_4, "step_5_tray": step_5, "step_6_boards": step_6,
    "step_7_antenna": step_7, "step_8_close": step_8, "step_9_strap": step_9,
    "step_10_laces": step_10,
}  # fmt: skip


def _labelled(
    parts: list[Solid],
    view: View,
    size: tuple[int, int],
    labels: list[Label],
    moves: list[tuple[Point, Point]] = [],  # noqa: B006
) -> Image.Image:
    image = draw(parts, view, size, margin_px=110)
    pen = ImageDraw.Draw(image)
    for start, end in moves:
        _arrow(pen, pixel(view, size, start), pixel(view, size, end))
    for text, at, point in labels:
        label(image, text, at, pixel(view, size, point))
    return image


def _arrow(pen: ImageDraw.ImageDraw, a: tuple, b: tuple) -> None:
    """Draw an arrow that points downwards in the picture."""
    pen.line([a, (b[0], b[1] - 10)], fill=(200, 40, 40), width=5)
    pen.polygon([(b[0] - 10, b[1] - 14), (b[0] + 10, b[1] - 14), b], fill=(200, 40, 40))


def _one(version: Pod, name: str, moved_mm: Point = (0, 0, 0)) -> Solid:
    return solid(everything(version)[name], COLOURS[name], moved_mm)


def _parts(version: Pod, names: tuple[str, ...]) -> list[Solid]:
    return [_one(version, name) for name in names]


def _strap(version: Pod) -> list[Solid]:
    """Return the strap: under the pod, up through the slots, over the wings, and away."""
    half, t = version.strap_width_mm / 2, 1.5
    slot, wing = version.slot_y_mm, version.wing_y_mm
    band: Part = box((-half, half), (-slot - t / 2, slot + t / 2), (-t - 0.4, -0.4))
    for sign in (1, -1):
        y = (sign * (slot - t / 2), sign * (slot + t / 2))
        band += box((-half, half), y, (-0.5, version.wing_mm + t + 0.2))
        over = (sign * (slot - t / 2), sign * (wing + 1))
        band += box((-half, half), over, (version.wing_mm + 0.2, version.wing_mm + 0.2 + t))
        away = box((-half, half), (sign * wing, sign * (wing + 16)), (0, t))
        band += (
            Pos(0, sign * (wing + 1), version.wing_mm + 0.2)
            * Rot(-sign * 32, 0, 0)
            * Pos(0, -sign * wing, 0)
            * away
        )
    return [solid(band, COLOURS["strap"])]


def _laces(version: Pod) -> list[Solid]:
    """Return two laces across the shoe, one over either finger."""
    half, z = 2.9, version.finger_mm
    return [
        solid(box((middle - half, middle + half), (-30, 30), (z, z + 1.4)), COLOURS["lace"])
        for middle in (version.finger_x_mm(1), version.finger_x_mm(-1))
    ]


def _sticker(version: Pod) -> Part:
    room = bought.antenna(version).bounding_box()
    z = version.ceiling_z_mm
    return box((room.min.X, room.max.X), (-7, 7), (z - 0.3, z - 0.05))
