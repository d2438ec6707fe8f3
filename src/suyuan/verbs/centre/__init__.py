"""Centres and the public account, computed from a snapshot."""
