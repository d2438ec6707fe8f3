"""A round of a comparison: what was agreed before data, what happened, what was sealed, what came out of it."""
