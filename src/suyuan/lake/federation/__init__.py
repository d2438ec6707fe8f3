"""Several nodes, each with its own lake: catalogue, certificates, grants and summaries go from one to another."""
