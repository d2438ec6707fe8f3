"""A filled case of each kind of carbon, to begin with: published or constructed numbers, with where they come from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

TREES = {
    "D": [12.5, 18.0, 24.4, 31.0, 40.2, 55.7], "WD": [0.55, 0.62, 0.48, 0.71, 0.66, 0.58],
    "H": [11.8, 14.9, 18.2, 21.5, 24.8, 29.9], "plot": ["a", "a", "a", "b", "b", "b"],
}  # fmt: skip
MEASURED = {"diameter": "D", "wood_density": "WD", "height": "H"}
GROWN = {"D": [float(d) for d in range(10, 70, 4)], "H": [round(1.8 * d**0.72, 1) for d in range(10, 70, 4)]}
HOURS = {"NOX": [round(70.0 + 12.0 * math.sin(i / 7.0) + 5.0 * math.sin(i / 1.7), 2) for i in range(900)]}
RATES = {"mass": [44.0, 46.2, 0.0, -9.0], "rate": [0.88, 0.84, 0.0, 0.9], "heat": [50.0, 55.0, 48.0, 51.0]}
UNITS = {"GAS": ["CO2", "CO2", "gen", "gen"], "2018": [1_030_000.0, 990_000.0, 1_000_000.0, 950_000.0]}
PARTS = [
    {"name": "gas standard", "u_rel": 0.006, "shared": True}, {"name": "flow", "u_rel": 0.02, "shared": False},
]  # fmt: skip
RATA = {
    "reference": [13.3, 12.2, 12.4, 12.2, 11.9, 12.2, 12.8, 11.8, 11.8],
    "monitor": [12.7, 11.8, 12.2, 11.9, 11.7, 11.9, 12.3, 11.7, 11.3],
}
SIGNAL = [5.89, 7.22, 8.13, 8.67, 9.55, 10.14, 10.87, 11.73, 12.56, 13.99, 14.55, 15.47, 16.09, 16.82, 17.64]
REFERENCE = [20.4, 40.8, 48.5, 52.5, 63.1, 64.8, 83.5, 83.2, 97.3, 121.4, 108.8, 123.5, 133.1, 144.5, 146.2]
F_11 = "40 CFR 75, appendix F"
CARBON: Mapping[str, tuple[str, dict[str, Any]]] = {
    "grid_factor": ("MEE and NBS notice 2024 No. 33", {"purpose": "statistics", "region": "全国", "year": 2022}),
    "default_factor": ("40 CFR 98, table C-1", {
        "table": "40 CFR 98 table C-1", "fuels": ["anthracite", "bituminous"], "unit": "kg CO2/mmBtu"}),
    "fuel_emission": ("Chinese defaults of natural gas", {
        "amount": 21, "amount_unit": "1e4 Nm3", "net_calorific_value": 389.31, "carbon_per_heat": 0.01532,
        "oxidation": 0.99, "round": {"carbon_content": 2}}),
    "constant": ("44/12 of the rules", {"name": "co2_per_carbon", "atomic_weights": {"C": 12.0107, "O": 15.9994}}),
    "gas_density": ("ideal gas", {"molar_mass_g_per_mol": 44.0095, "temperature_K": 273.15, "pressure_kPa": 101.325}),
    "kv": ("EN 14181, from memory", {"n": 15}),
    "qal2": ("constructed", {
        "x": SIGNAL, "y": REFERENCE, "x_unit": "mA", "y_unit": "mg/m3", "elv": 200.0, "interval_fraction": 0.2,
        "zero": 4.0, "method": "a"}),
    "rata": ("constructed", RATA),
    "rata_limits": (F_11, {"parameter": "flow", "mean_reference_fps": 8.0}),
    "part75_equation": (F_11, {"equation": "F-11", "co2_percent": 11.8, "flow_scfh": 64_000_000}),
    "part75_method_code": ("40 CFR 75.33", {"availability_percent": 92, "codes": ["06", "08", "09", "10", "11"]}),
    "part75_initial_hours": ("40 CFR 75.31", {"parameters": ["gas_concentration", "flow"]}),
    "tier_limits": ("(EU) 601/2012, annex II", {"table": "601/2012 annex II table 1", "subject": "combustion"}),
    "substitution": ("constructed", {
        "rule_set": "HJ 75", "availability_percent": [92, 80], "file": HOURS, "column": "NOX",
        "gaps": [[760, 766], [800, 830]]}),
    "series_statistics": ("constructed", {"file": HOURS, "columns": {"NOX": ["n", "mean", "sd", "p95"]}}),
    "hourly_consistency": ("constructed", {
        "file": RATES, "missing_code": -9, "result": "mass", "product": ["rate", "heat"], "sum_column": "heat"}),
    "emission_intensity": ("constructed", {
        "file": UNITS, "mass": {"filter": {"GAS": "CO2"}, "column": "2018"},
        "generation": {"filter": {"GAS": "gen"}, "column": "2018"}}),
    "fuel_emission_uncertainty": ("constructed", {
        "fuel_t": [182000.0, 171000.0, 180000.0], "carbon_fraction": [0.552, 0.549, 0.556], "oxidation": 0.99,
        "components": [{"name": "belt scale", "of": "fuel", "u_rel": 0.003, "shared": True},
                       {"name": "sampling", "of": "carbon", "u_rel": 0.008, "shared": False}]}),
    "stack_total": ("constructed", {"totals": [2950000.0, 3600000.0], "unit": "t", "components": PARTS}),
    "cross_check": ("constructed", {
        "monitored": {"value": 1218000.0, "u": 30000.0}, "calculated": {"value": 1176000.0, "u": 14000.0},
        "covariance": 100000000.0, "unit": "t"}),
    "biomass": ("trees constructed; Chave et al. 2014, equation 4", {
        "file": TREES, "equation": "chave_2014_eq4", "columns": MEASURED}),
    "biomass_draws": ("constructed", {
        "file": {"1": [0.1, 0.4], "2": [0.12, 0.37], "3": [0.09, 0.41]}, "trees_file": {"plot": ["a", "a"]},
        "filter": {"plot": "a"}}),
    "plot_estimator": ("trees constructed; Chave et al. 2014, equation 4", {
        "file": TREES, "equation": "chave_2014_eq4", "columns": MEASURED, "group_column": "plot",
        "estimator": "simple_random"}),
    "height_model": ("constructed", {
        "file": GROWN, "model": "log2", "columns": {"diameter": "D", "height": "H"}, "weights": "D2H"}),
    "biomass_monte_carlo": ("trees and posterior constructed", {
        "file": TREES, "columns": {"diameter": "D", "wood_density": "WD"}, "equation": "chave_2014_eq4",
        "posterior_file": {"intercept": [-2.76, -2.74, -2.78], "logagbt": [0.976, 0.974, 0.978],
                           "sd": [0.36, 0.355, 0.357]},
        "height_model": {"file": GROWN, "model": "log2", "columns": {"diameter": "D", "height": "H"},
                         "weights": "none"},
        "diameter_error": "chave_2004", "wood_density_sd": 0.07, "n_draws": 1000}),
    "diameter_error": ("Chave et al. 2004", {"model": "chave_2004", "diameter_cm": [10.0, 30.0, 80.0]}),
}  # fmt: skip
"""Kind → where its numbers come from, and its input."""
