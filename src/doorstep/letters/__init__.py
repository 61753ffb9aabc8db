"""Letters by e-mail to constituents: queued with what happened, written when they are sent."""
