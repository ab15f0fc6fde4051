"""What each official file is, where it comes from, and whether the one at hand is it."""
