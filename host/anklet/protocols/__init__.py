"""The assessments, one TOML file each, and the user's own beside them.

``catalogue`` finds them, ``reading`` checks them strictly.
"""

from anklet.protocols.catalogue import builtin_names, every_protocol, find_protocol, user_folders
from anklet.protocols.reading import protocol_from_dict

__all__ = [
    "builtin_names",
    "every_protocol",
    "find_protocol",
    "protocol_from_dict",
    "user_folders",
]
