"""Quality of readings: rules with a metrological meaning, each a function of one shape, and the flags they leave."""
