"""Acts on matters and review panels."""
