"""Pictures: tables or arrays of a panel or posterior go in, a Matplotlib figure comes out.

One file a figure. Each has a function named after it that returns a
:class:`matplotlib.figure.Figure`, a ``caption`` made from the same numbers, and,
where a page shows it, ``ALT``: a short description for readers who cannot see the
picture. Nothing here samples, reads files or touches the state of pyplot.
"""
