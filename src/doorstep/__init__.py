"""Doorstep: canvassing, volunteer coordination and constituent follow-up."""

__version__ = "0.1.0"
