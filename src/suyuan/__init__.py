"""Suyuan 溯源: measurement results with uncertainty, identity and evidence."""
