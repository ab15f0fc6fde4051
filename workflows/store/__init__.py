"""What lies under all else: artefacts on disk by content, locks, names of files, notices, tasks in many processes."""
