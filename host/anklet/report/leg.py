"""The leg as a drawing: foot on its block, shank at the angle, arc with the number."""

import math
from collections.abc import Callable
from html import escape

from anklet.measures.sentences import number
from anklet.model import Side
from anklet.report import style

_WIDTH, _HEIGHT, _FLOOR = 220.0, 244.0, 216.0
_TOE_X, _SOLE = 168.0, 92.0
_ANKLE_U, _ANKLE_V = 24.0, 30.0
_SHANK, _ARC = 112.0, 92.0
_LEAST_LEAN_DEG = -10.0

_FOOT_PATH = "M{} C{} {} {} L{} C{} {} {} C{} {} {} L{} C{} {} {} Z"
_FOOT = (
    *((2, 2), (0, 0), (2, 0), (6, 0), (84, 0), (92, 0), (93, 10), (84, 13)),
    *((66, 17), (52, 24), (38, 42), (10, 44), (8, 30), (0, 16), (2, 2)),
)
_CALF_PATH = "M{} C{} {} {} L{} C{} {} {} Z"
_CALF = ((-12, -2), (-13, 34), (-28, 60), (-19, 112), (16, 112), (17, 70), (11, 40), (11, -2))


def leg_drawing(angle_deg: float, block_deg: float, side: Side) -> str:
    """Draw a leg from the outer side as an inline ``<svg>``; the left leg's toes point left.

    A shank leans back little while its foot is planted: beyond 10 deg behind upright the heel is
    drawn lifted instead, which is how standing people plantarflex.

    Parameters
    ----------
    angle_deg : float
        Ankle angle, dorsiflexion positive, 0 = quiet standing.
    block_deg : float
        Angle of the block under the foot, heel high positive.
    side : str
        Which leg.
    """
    lean_deg = max(angle_deg + block_deg, _LEAST_LEAN_DEG)
    sole = math.radians(angle_deg - lean_deg)
    toe_y = _FLOOR - _SOLE * max(0.0, math.sin(math.radians(-block_deg)))
    heel = (_TOE_X - _SOLE * math.cos(sole), toe_y + _SOLE * math.sin(sole))
    flip = side == "left"

    def point(x: float, y: float) -> str:
        return f"{_WIDTH - x if flip else x:.1f},{y:.1f}"

    def foot(u: float, v: float) -> tuple[float, float]:
        c, s = math.cos(sole), math.sin(sole)
        return heel[0] + u * c - v * s, heel[1] - u * s - v * c

    ankle = foot(_ANKLE_U, _ANKLE_V)
    lean = math.radians(lean_deg)

    def shank(forward: float, up: float, turn: float = lean) -> tuple[float, float]:
        c, s = math.cos(turn), math.sin(turn)
        return ankle[0] + forward * c + up * s, ankle[1] + forward * s - up * c

    colour = style.SIDE_COLOUR[side]
    neutral = -sole
    skin = f'fill="{colour}" fill-opacity=".14" stroke="{colour}" stroke-width="2"'
    paper = f'fill="{style.PAPER}"'
    calf = _CALF_PATH.format(*(point(*shank(*p)) for p in _CALF))
    shoe = _FOOT_PATH.format(*(point(*foot(*p)) for p in _FOOT))
    pod = " ".join(point(*shank(*p)) for p in ((-6, 24), (6, 24), (6, 44), (-6, 44)))
    sweep = int((lean > neutral) != flip)
    parts = [
        f'<path d="M0,{_FLOOR} H{_WIDTH}" stroke="{style.HAIR}" stroke-width="1.2"/>',
        *_block(block_deg, point),
        *(
            f'<path d="{d}" {paper}/><path d="{d}" {skin} stroke-linejoin="round"/>'
            for d in (calf, shoe)
        ),
        f'<polygon points="{pod}" fill="{style.INK}"/>',
        f'<path d="M{point(*ankle)} L{point(*shank(0, _SHANK, neutral))}" fill="none" '
        f'stroke="{style.INK}" stroke-width="1" stroke-dasharray="3 3"/>',
        f'<path d="M{point(*ankle)} L{point(*shank(0, _SHANK))}" fill="none" '
        f'stroke="{style.INK}" stroke-width="1.4"/>',
        f'<path d="M{point(*shank(0, _ARC, neutral))} A{_ARC},{_ARC} 0 0 {sweep} '
        f'{point(*shank(0, _ARC))}" fill="none" stroke="{colour}" stroke-width="3.5"/>',
        f'<circle cx="{point(*ankle).split(",")[0]}" cy="{ankle[1]:.1f}" r="3.2" '
        f'fill="{style.INK}"/>',
        *_text(angle_deg, block_deg, side),
    ]
    body = "".join(parts)
    for value, token in style.TOKENS.items():
        body = body.replace(f'"{value}"', f'"var(--{token}, {value})"')
    label = escape(f"{side} ankle at {number(angle_deg, sign=True)} degrees")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{label}" '
        f'viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" font-family="{style.FONT_STACK}">{body}</svg>'
    )


def _block(block_deg: float, point: Callable[[float, float], str]) -> list[str]:
    if block_deg == 0:
        return []
    rise = _SOLE * math.sin(math.radians(abs(block_deg)))
    run = _SOLE * math.cos(math.radians(block_deg))
    high, low = (_TOE_X - run, _TOE_X) if block_deg > 0 else (_TOE_X, _TOE_X - run)
    corners = " ".join(
        point(x, y) for x, y in ((high, _FLOOR - rise), (high, _FLOOR), (low, _FLOOR))
    )
    return [f'<polygon points="{corners}" fill="{style.ZONE}" stroke="{style.HAIR}"/>']


def _text(angle_deg: float, block_deg: float, side: Side) -> list[str]:
    texts = [
        f'<text x="0" y="32" font-size="36" font-weight="600" fill="{style.INK}" '
        f'style="font-variant-numeric: tabular-nums">{number(angle_deg, sign=True)}\u00b0</text>',
        f'<text x="{_WIDTH:g}" y="32" text-anchor="end" font-size="19" font-weight="600" '
        f'fill="{style.SIDE_COLOUR[side]}">{side}</text>',
    ]
    if block_deg:
        texts.append(
            f'<text x="0" y="{_HEIGHT - 6:g}" font-size="17" fill="{style.MUTED}">'
            f"block {number(block_deg, 0)}\u00b0</text>"
        )
    return texts
