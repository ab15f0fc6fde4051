"""Numbers that computation, page and terminal share; loaded by all of them, so that nothing heavy is imported here."""

from __future__ import annotations

#: A posterior median further from its prior's median than this, in prior SDs, is flagged.
PRIOR_SDS = 2.0
#: Above these overlaps of its prior and posterior what is known of a quantity is mostly, or partly, its prior.
MOSTLY_PRIOR, PARTLY_PRIOR = 0.7, 0.35
#: The one step of potential at which panels are compared. On the default scale of depth (-2 to 3) it is a treaty
#: shallower by one SD of depth over treaties at the same similarity, near the SD of potential of real panels. The
#: published step of 0.35 is an SD of another measure, and would be 1.75 SD of depth.
FIXED_STEP = 0.2
#: In place of an operation's name: rows of all of them.
ALL = "all rows"
