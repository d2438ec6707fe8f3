"""Reference values from the results of a comparison, each with weights and covariance to every participant."""

from suyuan.comparison.consensus.bayes import hierarchical_bayes
from suyuan.comparison.consensus.bayes_dof import hierarchical_bayes_dof
from suyuan.comparison.consensus.median_draws import median_monte_carlo
from suyuan.comparison.consensus.pool import linear_pool
from suyuan.comparison.consensus.power_moderated import power_moderated_mean
from suyuan.comparison.consensus.random_effects import dersimonian_laird, hartung_knapp, mandel_paule, reml
from suyuan.comparison.consensus.robust import algorithm_a_mean, hampel_mean
from suyuan.comparison.consensus.subset import largest_consistent_subset
from suyuan.comparison.consensus.weighted import (
    Consistency,
    arithmetic_mean,
    consistency,
    generalised_least_squares,
    median,
    weighted_mean,
)

__all__ = [
    "Consistency",
    "algorithm_a_mean",
    "arithmetic_mean",
    "consistency",
    "dersimonian_laird",
    "generalised_least_squares",
    "hampel_mean",
    "hartung_knapp",
    "hierarchical_bayes",
    "hierarchical_bayes_dof",
    "largest_consistent_subset",
    "linear_pool",
    "mandel_paule",
    "median",
    "median_monte_carlo",
    "power_moderated_mean",
    "reml",
    "weighted_mean",
]
