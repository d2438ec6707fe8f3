"""Sectors: which source streams a claim of a sector must have, and the carbon mass balance. Others are added as data."""
