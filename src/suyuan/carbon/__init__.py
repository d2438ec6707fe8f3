"""Carbon metrology: from certificate to tonne. Monitoring, fuel, processes, forest, factors, claims, cross-checks."""
