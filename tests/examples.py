"""How many examples a property is tried with: few in every run, as many as one likes by night."""

import os

FACTOR = float(os.environ.get("DOORSTEP_EXAMPLES", "1"))


def examples(number):
    """``number`` of them, or as many times that as DOORSTEP_EXAMPLES says."""
    return max(1, round(number * FACTOR))
