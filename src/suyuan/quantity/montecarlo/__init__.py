"""Propagation of distributions (JCGM 101, JCGM 102): keyed draws, trials, intervals, regions, validation."""
