"""Traceability: the graph of calibration events and results, its breaks and what a change upstream costs."""
