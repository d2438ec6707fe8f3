"""Pages of the measurement data base: streams, catalogue, import, quality, datasets, impact."""
