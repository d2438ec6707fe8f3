"""Certificates: what a laboratory stated, as a value."""
