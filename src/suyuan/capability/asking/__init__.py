"""How people ask: in words, by a query, by a guided question."""
