"""Files as tables: each opened by its one reader, every fault a line that names file, row and column."""
