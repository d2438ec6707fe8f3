"""Reference values from the results of a comparison, each with weights and covariance to every participant."""

from suyuan.comparison.consensus.power_moderated import power_moderated_mean
from suyuan.comparison.consensus.random_effects import dersimonian_laird, mandel_paule
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
    "arithmetic_mean",
    "consistency",
    "dersimonian_laird",
    "generalised_least_squares",
    "mandel_paule",
    "median",
    "power_moderated_mean",
    "weighted_mean",
]
