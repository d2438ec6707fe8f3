"""Forest carbon: trees, heights, allometry, sampling of plots, Monte Carlo with shared errors, change of stock."""
