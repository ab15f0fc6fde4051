"""Stands for nutpie in processes whose path begins with its folder: draws of the prior, after a pause."""

from __future__ import annotations

import os
import time
from typing import Any

from tests.workflows.stub_sampler import Stub

_stub = Stub()


def sample(*given: Any, **asked: Any) -> Any:
    """As `Stub.sample`, for as long as ``STUB_SECONDS`` says."""
    time.sleep(float(os.environ.get("STUB_SECONDS", "0.3")))
    return _stub.sample(*given, **asked)
