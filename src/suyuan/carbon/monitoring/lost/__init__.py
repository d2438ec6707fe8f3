"""Lost hours: what the scheme replaces them by, and what they most likely were."""
