"""Pages of documents: certificates, chains, what if."""
