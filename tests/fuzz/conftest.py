"""The counts of the fuzzer, at the end of a run's output."""

from __future__ import annotations

from collections import Counter

import pytest

TALLY: dict[str, Counter] = {}
COLUMNS = ("tried", "accepted", "refused", "machine", "traceback", "wordy", "hang", "absurd")


@pytest.fixture(scope="session")
def fuzz_tally() -> dict[str, Counter]:
    return TALLY


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if TALLY:
        terminalreporter.section("variants by what came of them")
        terminalreporter.line("".join([f"{'group':16}", *(f"{name:>11}" for name in COLUMNS)]))
        for group, counts in TALLY.items():
            terminalreporter.line("".join([f"{group:16}", *(f"{counts[name]:>11,}" for name in COLUMNS)]))
