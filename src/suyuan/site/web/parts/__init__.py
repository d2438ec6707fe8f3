"""The parts that pages are made of: pure functions from values to safe HTML and SVG; the tags call them."""
