"""Continuous monitoring: from the minutes of a stack to the tonnes of its year, and the quality of both."""
