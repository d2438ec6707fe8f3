"""From a gap to its closing: challenge, research, conversion into specifications."""
