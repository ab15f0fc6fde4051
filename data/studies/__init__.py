"""Merged files of published studies: as published, corrected, and with other outcomes."""
