"""Reports: figures and documents from domain values."""
