"""Cases of measurement studies: from the `input` of a case to the answer of its kind."""
