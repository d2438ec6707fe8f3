"""Acts on streams of readings: show them corrected, take files in, flag, share."""
