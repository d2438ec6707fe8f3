"""Carbon metrology as questions and answers: cases, claims from certificates, what hangs on which certificate."""
