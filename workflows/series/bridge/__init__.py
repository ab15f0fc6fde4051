"""The bridge: from the printed estimate to the joint hierarchical one, one change at a time."""
