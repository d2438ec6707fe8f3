"""Acts: a verb plus clock, user, permission, records and log; they load, call the verb, keep and tell."""
