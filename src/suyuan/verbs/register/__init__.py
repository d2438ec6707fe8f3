"""Registers of the house, and workbooks to and from them."""
