"""Anklet: active ankle range of motion and left/right asymmetry from strap-on motion sensors.

Nothing heavy is imported here, so that ``anklet --help`` is instant. Start from
:func:`anklet.analysis.analyze`.
"""

__version__ = "0.1.0"
