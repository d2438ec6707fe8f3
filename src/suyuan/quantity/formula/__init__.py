"""Formulas: measurement models in text, read by a closed grammar, checked and never executed as Python."""
