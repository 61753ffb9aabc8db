"""People without an account who gave a name and an e-mail address on a public page."""
