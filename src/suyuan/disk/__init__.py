"""The disk, for whatever keeps something on it: files that are there whole or not at all, one writer at a time."""
