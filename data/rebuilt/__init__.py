"""Gannon and Kent's file built anew from its sources, and where the two differ."""
