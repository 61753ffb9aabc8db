"""Passing on public pages: links that say who shared them, what came of it, and posts."""
