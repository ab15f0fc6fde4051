"""Coalitions led by the United States, 1990-2005: who took part, and how well that is known."""
