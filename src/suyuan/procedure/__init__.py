"""Procedures of an office: states, who may take which step with which document, deadlines, reviews and conflicts."""
