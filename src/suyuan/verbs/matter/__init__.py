"""Matters as cli and site take their steps, with the guards of every room."""
