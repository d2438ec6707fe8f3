"""The store: a folder on disk that the terminal and the site share."""
