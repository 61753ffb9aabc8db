"""Deciding together: budget rounds from the first proposal to what is built."""
