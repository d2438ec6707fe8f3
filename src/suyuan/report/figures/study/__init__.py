"""Figures of measurement studies: gauges, charts, capability, meters and sensors."""
