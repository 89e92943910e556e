"""The whole pod: printed and bought parts by name, in their places."""

from functools import cache

from build123d import Part

from enclosure import base, bought, lid, tray
from enclosure.parameters import Pod


@cache
def printed(pod: Pod) -> dict[str, Part]:
    """Return the printed parts by name."""
    return {"base": base.make(pod), "tray": tray.make(pod), "lid": lid.make(pod)}


@cache
def everything(pod: Pod) -> dict[str, Part]:
    """Return printed and bought parts by name."""
    return printed(pod) | bought.all_parts(pod)
