"""What lies under everything else: errors and their words, cells refused, text, files on disk, the ledger."""
