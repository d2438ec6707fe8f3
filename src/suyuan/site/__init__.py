"""The site: what remembers, asks and shows; the only door to Django."""
