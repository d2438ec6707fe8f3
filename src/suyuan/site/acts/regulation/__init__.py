"""Acts on centres."""
