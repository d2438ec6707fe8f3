"""Comparison: what several laboratories found for one thing, a reference value from it, and how each agrees with it."""
