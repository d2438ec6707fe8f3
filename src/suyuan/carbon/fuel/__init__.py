"""Calculated emissions of fuel: activity data, heat value, carbon, oxidation; laboratory reports; bought energy."""
