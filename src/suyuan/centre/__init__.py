"""Industrial metrology centres: guideline, facts, scorecard, life cycle, commitments."""
