"""Each operation's effect in the joint model beside that of a fit of the operation alone (invented numbers)."""

import pandas as pd

from figures.separate import caption, separate

table = pd.DataFrame(
    [
        ("Alder", 120, 40, 210, 95, -20, 230, False),
        ("Birch", 160, 60, 320, -140, -230, -20, True),
        ("Cedar", -30, -90, 25, -70, -190, 60, False),
        ("Dogwood", 15, -60, 110, 40, -300, 1900, False),
    ],
    columns=[
        "operation", "joint", "joint_lower", "joint_upper", "separate", "separate_lower", "separate_upper", "flagged",
    ],
)  # fmt: skip

figure = separate(table)
text = caption(table)
