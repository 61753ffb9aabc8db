"""Who goes out with whom, how many will come, and how the day goes."""
