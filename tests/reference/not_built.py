"""What the case adapter does not build yet, by kind, what is wanted, and distribution («*» = any).

The one visible list: these parts are left out of the run over tests/reference. It is ignored when the file of cases is
given by an environment variable, so that nothing hides there.
"""

NOT_BUILT: frozenset[tuple[str, str, str]] = frozenset(
    {
        ("model", "second_order", "*"),
        ("model", "monte_carlo", "*"),
        ("coverage_factor", "*", "*"),
        ("line_fit", "*", "*"),
        ("polynomial_fit", "*", "*"),
        ("curve_fit", "*", "*"),
        ("anova", "*", "*"),
        ("summary_statistics", "*", "*"),
        ("conformity", "*", "*"),
    }
)
