"""Acts on documents: take in, declare, trace, try."""
