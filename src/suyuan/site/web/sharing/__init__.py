"""Pages of what organisations share: resources, orders, registers."""
