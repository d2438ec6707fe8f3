"""Type A evaluation: standard uncertainty from repeated readings, in series, groups and levels (GUM 4.2, H.2, H.5)."""
