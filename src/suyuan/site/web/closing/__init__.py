"""Pages of gaps and how they are closed: challenges, research, industries."""
