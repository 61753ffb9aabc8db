"""Events as people outside the organization meet them: pages, places, slots, what came of it."""
