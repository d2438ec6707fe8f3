"""From readings to hours: marks, plausibility, certificates of the time, valid minutes, hourly means."""
