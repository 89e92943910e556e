"""Run the tests of the link and print what they measured, for docs/link.md.

    python tests/link/figures.py            # what CI runs
    python tests/link/figures.py --full     # ten minutes, 100 kills

What tests print is what they measured; of a test that fails the end of its report is printed too.
"""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
WHAT = [str(HERE), str(HERE.parent / "benchmarks" / "test_capture_cpu.py")]


class Figures:
    """Prints as soon as a test is over."""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Print what a test printed."""
        if report.when == "call" or report.failed:
            name = report.nodeid.rpartition("/")[2]
            lines = [*report.capstdout.splitlines()]
            if not report.passed:
                lines.append(f"{report.outcome.upper()}: {report.longreprtext[-2000:]}")
            for line in lines:
                print(f"{name}: {line}", flush=True)


if __name__ == "__main__":
    sys.exit(pytest.main([*WHAT, "-q", "--no-header", *sys.argv[1:]], plugins=[Figures()]))
