"""Pages that anybody may read: the public account and open data."""
