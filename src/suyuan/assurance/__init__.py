"""Assurance: is an instrument still what its certificate says; when is it calibrated again."""
