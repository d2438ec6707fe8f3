"""Sectors: which source streams a claim must have, and the carbon mass balance. Others are added as data."""
