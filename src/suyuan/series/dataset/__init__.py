"""Datasets that can be cited and shared: versions, certificates as documents, grants, what a grant gives, the log."""
