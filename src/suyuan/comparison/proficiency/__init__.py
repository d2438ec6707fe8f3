"""Proficiency testing by ISO 13528: robust statistics, assigned value, homogeneity, scores."""
