"""Telling members what concerns them: once, at a decent hour, on the way they chose."""
