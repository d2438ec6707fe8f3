"""Acts on needs and capabilities."""
