"""Records: what the site remembers; one file a word. Documents themselves lie in the store."""
