"""Outlines of states for maps: Natural Earth (public domain), keyed by Correlates of War code."""

from __future__ import annotations

import json

import numpy as np

from data.facts import BUNDLED

_FILE = BUNDLED / "boundaries.json"

#: Key of land that belongs to no state of the Correlates of War system, such as Greenland's.
OTHER_LAND = 0


def boundaries() -> dict[int, list[np.ndarray]]:
    """Return, by ``ccode``, the rings of each state's land, and other land under :data:`OTHER_LAND`.

    Rings have shape (point, 2): longitude and latitude in degrees, rounded to a tenth. They are today's
    outlines at a scale of 1:110 million; the smallest states have none.
    """
    found = json.loads(_FILE.read_text(encoding="utf-8"))
    out = {int(ccode): [np.array(ring) for ring in rings] for ccode, rings in found["states"].items()}
    return {**out, OTHER_LAND: [np.array(ring) for ring in found["other"]]}
