"""Alliance treaties: their provisions, members and years in force."""
