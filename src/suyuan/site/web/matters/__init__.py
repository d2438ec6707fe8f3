"""Pages of matters and of review panels."""
