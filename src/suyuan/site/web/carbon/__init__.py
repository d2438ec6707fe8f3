"""Pages of carbon: the day's work, a claim, a new one, a change, verification, meters, factors."""
