"""The page of one's own: what is known of a constituent, in their own hands."""
