"""Who goes out with whom and where, and how many will come."""
