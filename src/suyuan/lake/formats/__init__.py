"""Readers of foreign formats: bytes in, streams of raw values as columns out; what was not read is counted."""
