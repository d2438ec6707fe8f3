"""Acts on gaps and challenges."""
