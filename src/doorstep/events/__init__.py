"""Events, their shifts, who comes, and how they are told."""
