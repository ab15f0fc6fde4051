"""Variables of states from the official files, one theme a module, and the years that each reaches."""
