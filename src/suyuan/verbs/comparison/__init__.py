"""Comparisons as cli and site ask for them."""
