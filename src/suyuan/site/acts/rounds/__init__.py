"""Acts of comparisons."""
