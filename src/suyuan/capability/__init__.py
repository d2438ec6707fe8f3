"""What a laboratory can measure, what an industry needs, and the proof that one meets the other or does not."""
