"""Persons and contests, computed from a snapshot."""
