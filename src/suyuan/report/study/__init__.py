"""Reports of measurement studies: a sentence, figures with their tables, and the paper that bears them."""
