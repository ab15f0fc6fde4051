"""A panel's spec and schema, and how tidy tables become one panel."""
