"""How volunteers grow and what all the work leads to."""
