"""Acts that compute and issue, and what people type for them."""
