"""Figures of carbon metrology: hours of a year, months, steps from one total to another."""
