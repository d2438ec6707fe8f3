"""Written: corrected series as files of other people's formats, with the uncertainty in a form that survives."""
