"""The headline effect without each treaty in turn (invented numbers)."""

import pandas as pd

from figures.leave_one_out import caption, leave_one_out

table = pd.DataFrame(
    [
        (None, 61, -45, 172, None),
        ("NATO", 130, -60, 330, 27),
        ("ANZUS", 58, -50, 170, 2),
        ("Rio Pact", 22, -80, 130, 19),
        ("US-Japan", 63, -44, 175, 1),
    ],
    columns=["left_out", "headline", "lower", "upper", "states"],
)

figure = leave_one_out(table)
text = caption(table)
