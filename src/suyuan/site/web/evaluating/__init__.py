"""Pages that compute: evaluate, calculate, examples, issue."""
