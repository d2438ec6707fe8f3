"""The lake: tables of measurement data in files and engines; runs the expressions that series writes."""
