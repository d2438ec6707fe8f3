"""Pages of persons, practice, contests, training."""
