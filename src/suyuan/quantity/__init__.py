"""Quantities: values with unit, uncertainty and influences."""
