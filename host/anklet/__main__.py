"""``python -m anklet``."""

from anklet.cli import main

main()
