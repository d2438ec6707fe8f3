"""Verbs: what the terminal and the site share; values in, values and findings out."""
