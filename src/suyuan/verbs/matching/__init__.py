"""Needs against everything that is known on a day."""
