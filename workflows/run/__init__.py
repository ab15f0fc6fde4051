"""A run: its `stages`, its record, and what it leaves for a paper."""
