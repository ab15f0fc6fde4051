"""Which state a printed name or a code means in a year."""
