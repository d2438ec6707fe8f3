"""Carbon on the site: who sees which claim, claims made, the same year again by what is known today."""
