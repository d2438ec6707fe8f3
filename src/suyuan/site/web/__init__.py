"""The web: server-rendered pages, one act a view."""
