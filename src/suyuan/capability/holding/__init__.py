"""Whether a capability holds on a day: its standards' chains, comparisons, its own claims."""
