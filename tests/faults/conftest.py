"""The fault suite: everything that can go wrong, done on purpose, counted, and told in one table at the end."""

from pathlib import Path

import pytest

from ledger import FULL, LEDGER, Ledger


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--faults-table", metavar="FILE", help="write the table of the fault suite into this document")


@pytest.fixture
def ledger() -> Ledger:
    return LEDGER


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item):  # type: ignore[no-untyped-def]  # pytest's own types are private
    outcome = yield
    if outcome.get_result().failed and "faults" in item.path.parts:
        LEDGER.failed.append(item.name)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if not LEDGER.rows:
        return
    terminalreporter.section("promises, as measured " + ("in full" if FULL else "in short"))
    terminalreporter.write_line(LEDGER.table())
    path = config.getoption("--faults-table")
    if path and not LEDGER.failed:
        LEDGER.write(Path(path))
