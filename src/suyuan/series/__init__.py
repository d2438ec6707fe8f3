"""Series: streams of readings as columns; propagation as expressions that any engine of columns can run."""
