"""Precision of a measurement method by ISO 5725-2: repeatability, reproducibility, and who lies apart."""
