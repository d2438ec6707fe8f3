"""A year of a stack: rates, totals with influences, doubts, and the year again under other certificates."""
