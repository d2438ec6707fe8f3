"""Practice and contests: data tasks with known truth, theory papers, witnessed practice, marks by a rubric."""
