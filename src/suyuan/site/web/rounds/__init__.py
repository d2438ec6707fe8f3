"""Pages of comparisons: rounds, protocols, submissions, reports."""
