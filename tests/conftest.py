"""Options and rules of all tests: what is left out is named, and in CI nothing is."""

import os
from pathlib import Path

import pytest


def pytest_addoption(parser):
    parser.addoption("--full", action="store_true", help="whole statistics instead of a tenth")


@pytest.fixture(scope="session")
def full(request) -> bool:
    """Run the whole statistics (200 sets) instead of a tenth."""
    return request.config.getoption("--full")


@pytest.fixture(scope="session")
def realdata() -> Path:
    """The folder of real recordings, which are not part of the project."""
    folder = os.environ.get("ANKLET_REALDATA")
    if not folder:
        pytest.skip("ANKLET_REALDATA is not set: real recordings are not tested")
    return Path(folder)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """In CI a skipped test is a failed one: a missing part must not go unnoticed."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("CI") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI, which must run everything: {report.longrepr}"
