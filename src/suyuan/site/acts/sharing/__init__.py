"""Acts on orders and registers."""
