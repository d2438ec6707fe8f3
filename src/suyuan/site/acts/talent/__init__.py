"""Acts on persons, contests, training."""
