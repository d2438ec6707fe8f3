"""Shared resources and the orders for them."""
