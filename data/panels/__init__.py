"""The kinds of panel, one a module."""
