"""Pages of centres, their guidelines, candidates and commitments."""
