"""The annual claim: tonnes with budget, shares by method, rules and evidence; comparison of claims; cross-check."""
