"""Archives: results written apart and read together that stay correlated; how much of them is disclosed."""
