"""Needs against capabilities: gates, the exact comparison of U with a target, composition, the screen of many."""
