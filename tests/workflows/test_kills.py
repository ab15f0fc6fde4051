"""Commands with workers may be killed, told to end or interrupted at any moment: nothing stays, nothing is lost."""

from __future__ import annotations

import signal
import time

import pytest

from tests.workflows.kills import SOON, thirty_kills

CODES = {"SIGKILL": -signal.SIGKILL, "SIGTERM": 143, "SIGINT": 130}


@pytest.mark.slow
@pytest.mark.nightly
def test_thirty_kills_leave_no_process_and_lead_to_the_same_summary(tmp_path):
    found = thirty_kills(tmp_path, int(time.time()))
    assert len(found) == 30
    for one in found:
        assert one.gone_after_seconds < SOON, one
        # By the signal itself where it came when the work was done and Python was ending.
        assert one.exit_code in (CODES[one.signal], -getattr(signal, one.signal)), one
        assert not one.traceback, one
