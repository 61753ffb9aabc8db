"""Letters to many, each by name: templates, whom they go to, and how it went."""
