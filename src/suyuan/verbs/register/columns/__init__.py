"""Columns of the workbooks: one file a kind of register row."""
