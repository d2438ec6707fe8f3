"""Pages of needs and capabilities."""
