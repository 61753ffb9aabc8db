"""Volunteers: what they can, when they can, and with whom."""
