"""Aid commitments by donor and recipient."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.names.states import cow_codes
from data.readers.layout import note, read


def aid(path: Path | str) -> pd.DataFrame:
    """Aid commitments: ``donor``, ``recipient``, ``year``, ``commitment`` in constant US dollars.

    Codes are those of the state system in the year: the file keeps West Germany's for Germany.
    """
    frame = read(path, "aid.commitment")
    for side in ("donor", "recipient"):
        named = frame[side]
        germany = (named == 260) & (frame["year"] >= 1990)
        frame[side] = cow_codes(named.mask(germany, 255), frame["year"])
        note(frame, germany, f"{side} 260 read as 255 from 1990")
    return frame
