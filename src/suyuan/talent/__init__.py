"""Who can do what on a day: competence, authorisation, training, contests."""
