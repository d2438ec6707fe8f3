"""The papers of carbon metrology: ledger, quality report, annual report, proofs, registers, checks, statements."""
