"""Conformity (JCGM 106, ILAC-G8): decisions, risks, guard bands."""
