"""Documents: one content, many formats; workbooks in and out."""
