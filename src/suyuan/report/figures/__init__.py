"""Figures: functions from values to SVG."""
