"""The terminal: every verb on files, a table for people or one JSON object."""
