"""``anklet --help`` against importing the library it is made with."""

import subprocess
import sys
import time
from statistics import median

PAIRS = 9
HELP = "import sys; sys.argv = ['anklet', '--help']; from anklet.cli import main; main()"


def seconds(code):
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def test_help_takes_at_most_twice_as_long_as_importing_typer(record_property):
    """Paired, so that what else the machine does falls on both."""
    pairs = [(seconds(HELP), seconds("import typer")) for _ in range(PAIRS + 1)][1:]
    ratio = median(help_s for help_s, _ in pairs) / median(typer_s for _, typer_s in pairs)
    record_property("ratio", round(ratio, 2))
    print(f"anklet --help takes {ratio:.2f} x as long as import typer")
    assert ratio <= 2
