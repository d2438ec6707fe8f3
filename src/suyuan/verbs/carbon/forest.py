"""Cases of forests: biomass of trees, stored draws, plots, height model, Monte Carlo, errors of diameters."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.forest.allometry import biomass as biomass_of
from suyuan.carbon.forest.design import FiledDesign, estimated, read_design, strata_told
from suyuan.carbon.forest.estimator import of_groups
from suyuan.carbon.forest.height import HeightModel
from suyuan.carbon.forest.height import height_model as fitted
from suyuan.carbon.forest.montecarlo import (
    MOST_DRAWS,
    SHARINGS,
    Drawn,
    Errors,
    Posterior,
    Stand,
    diameter_sd,
    monte_carlo,
)
from suyuan.quantity.fields import Fields, Printed
from suyuan.verbs.assurance.form import Answer, StudyForm, answered, asked_of
from suyuan.verbs.carbon.factors import text_of
from suyuan.verbs.carbon.files import Columns, Files, kept, numbers, of, table
from suyuan.verbs.carbon.plots import Plots, design_of, in_order
from suyuan.verbs.wants import absent_or_wrong

TREES = ("columns", "equation", "filter")
WEIGHTS = ("none", "D2H")


def biomass(body: Mapping[str, Any], files: Files | None = None) -> Answer:
    """Total above-ground biomass of trees, Mg, and how far it lies from a column of the file."""
    form = StudyForm(body, (*TREES, "compare_column"))
    columns, measured = _trees(form, files)
    each = _each(form, measured)
    answer: dict[str, Any] = {"n": len(each), "total": float(each.sum()), "unit": "Mg"}
    if "compare_column" in form.body:
        other = numbers(columns, form.body["compare_column"], "/input/compare_column", str(form.body["file"]))
        answer["max_relative_difference"] = float(np.max(np.abs(each - other) / other))
    return answered(form, answer, ())


def biomass_draws(body: Mapping[str, Any], files: Files | None = None) -> Answer:
    """Mean, sd and 95 % interval of the totals of stored draws: one row a tree, one column a draw."""
    form = StudyForm(body, ("trees_file", "filter"))
    form.done()
    trees = table({"file": form.body.get("trees_file")}, files)
    name = str(form.body.get("trees_file"))
    drawn = table({"file": form.body.get("file")}, files)
    size = len(next(iter(drawn.values())))
    numbered = {**trees, "\0row": np.arange(float(len(next(iter(trees.values())))))}
    chosen = kept(numbered, form.body.get("filter"), "/input/filter", name)["\0row"].astype(int)
    if size != len(numbered["\0row"]):
        form.wrong("/input/trees_file", "so_many_numbers", size, count=len(numbered["\0row"]))
        form.done()
    totals = Drawn(np.array([values[chosen].sum() for values in drawn.values()]), None)
    return answered(form, {"n": len(chosen), "n_draws": len(totals.total), **_spread(totals)}, ())


def plot_estimator(body: Mapping[str, Any], files: Files | None = None) -> Answer:
    """Mean of plots by the design of the inventory, with its standard error; per hectare and in all where areas say so.

    Plots are groups of trees (`group_column`), or the rows of a table that has a value for each (`value_column`).
    """
    form = StudyForm(body, (*TREES, "group_column", "value_column", "estimator", "plot_area", "area"))
    filed = _design(form)
    sizes = {key: form.number(key, "positive") for key in ("plot_area", "area") if key in form.body}
    for item in strata_told(filed, sizes["area"], "/input/area") if "area" in sizes else ():
        form.add(item)
    columns, plots, values = _plots(form, files)
    design = asked_of(
        lambda: design_of(filed, columns, plots, files, (str(form.body["file"])[:120], "/input/estimator"))
    )
    found = asked_of(lambda: estimated(values / sizes.get("plot_area", 1.0), design))
    unit = form.unit or "Mg"
    answer: Answer = {"n": len(values), "estimator": filed.name, "mean": float(found.value), "se": float(found.u),
                      "dof": float(found.dof), "unit": f"{unit}/ha" if "plot_area" in sizes else unit}  # fmt: skip
    if len(sizes) == 2:
        total = found * sizes["area"]
        answer |= {"total": float(total.value), "total_se": float(total.u), "total_unit": unit}
    return answered(form, answer, ())


def _design(form: StudyForm) -> FiledDesign:
    """The design of the case, by the reader of documents, which takes numbers as they are written."""
    given = {key: form.body[key] for key in ("estimator",) if form.body.get(key) is not None}
    written = json.loads(json.dumps(given), parse_float=Printed, parse_int=Printed)
    fields = Fields(written, "/input")
    found = read_design(fields)
    for item in fields.found:
        form.add(item)
    return found


def _plots(form: StudyForm, files: Files | None) -> tuple[Columns, Plots, NDArray[np.float64]]:
    """The table, the plots of its rows, and the value of each plot."""
    if "value_column" not in form.body:
        columns, measured = _trees(form, files)
        cells = of(columns, text_of(form, "group_column"), "/input/group_column", str(form.body["file"]))
        plots = in_order(cells)
        return columns, plots, of_groups(_each(form, measured), plots[1].tolist())
    column = text_of(form, "value_column")
    form.done()
    columns = table(form.body, files)
    values = numbers(columns, column, "/input/value_column", str(form.body["file"])[:120])
    index = np.arange(len(values))
    return columns, ((index + 1).astype(str), index), values


def height_model(body: Mapping[str, Any], files: Files | None = None) -> Answer:
    """Parameters and residual sd of ln H = a + b ln D + c (ln D)²."""
    form = StudyForm(body, ("columns", "model", "weights", "filter"))
    found = _height(form, form.body, files, "/input")
    return answered(
        form, {"a": found.a, "b": found.b, "c": found.c, "residual_sd": found.residual_sd, "n": found.n}, ()
    )


def biomass_monte_carlo(body: Mapping[str, Any], files: Files | None = None) -> Answer:
    """Mean, sd and 95 % interval of the total over draws; `shared` and `seed` may be asked for."""
    form = StudyForm(body, (*TREES, "posterior_file", "height_model", "diameter_error", "wood_density_sd", "n_draws",
                            "shared", "species_column", "carbon_fraction", "height_sd", "seed"))  # fmt: skip
    columns, measured = _trees(form, files, ("diameter", "wood_density"))
    draws = int(form.number("n_draws", "whole_from_to", 10)) if "n_draws" in form.body else 1000
    model = form.body.get("height_model")
    if model is not None and not isinstance(model, Mapping):
        form.wrong("/input/height_model", "object", model)
    form.done()
    posterior = _posterior(form, files)
    heights = None if model is None else _height(form, model, files, "/input/height_model")
    stand = Stand(measured["diameter"], measured["wood_density"], measured.get("height") if heights is None else None,
                  _species(form, columns))  # fmt: skip
    errors = _errors(form)
    found = asked_of(lambda: monte_carlo(stand, posterior, errors, heights, min(draws, MOST_DRAWS + 1),
                                    int(form.optional("seed", 0.0) or 0)))  # fmt: skip
    return answered(form, {**_spread(found), "n": len(stand.diameter), "n_draws": draws, "unit": "Mg"}, ())


def diameter_error(body: Mapping[str, Any], files: Files | None = None) -> Answer:
    """Standard deviations of the small and the large error of diameters, and the share of trees with the large one."""
    form = StudyForm(body, ("model", "diameter_cm"))
    model, given = text_of(form, "model"), form.body.get("diameter_cm")
    if not isinstance(given, list) or not given or not all(isinstance(d, int | float) and d > 0 for d in given):
        form.add(absent_or_wrong(form.body, "diameter_cm", "/input", "numbers"))
    form.done()
    small, large, share = asked_of(lambda: diameter_sd(model, np.array(given, float)))
    return answered(form, {"sd_small": small, "sd_large": large, "share_large": share, "unit": "cm"}, ())


# ---------------------------------------------------------------- what cases have in common


def _trees(form: StudyForm, files: Files | None, needed: tuple[str, ...] = ()) -> tuple[Any, dict[str, Any]]:
    """The columns of the file and the measured columns of its trees."""
    chosen = form.body.get("columns")
    if not isinstance(chosen, Mapping):
        form.add(absent_or_wrong(form.body, "columns", "/input", "object"))
    for name in needed:
        if isinstance(chosen, Mapping) and name not in chosen:
            form.add(absent_or_wrong(chosen, name, "/input/columns", "text"))
    form.done()
    columns = table(form.body, files)
    name = str(form.body["file"])
    return columns, {key: numbers(columns, column, f"/input/columns/{key}", name)
                     for key, column in form.body["columns"].items()}  # fmt: skip


def _each(form: StudyForm, measured: Mapping[str, Any]) -> np.ndarray:
    name = text_of(form, "equation", "chave_2014_eq4")
    form.done()
    return np.asarray(asked_of(lambda: biomass_of(name, *(measured.get(key) for key in
                                                     ("diameter", "wood_density", "height", "stress")))))  # fmt: skip


def _height(form: StudyForm, body: Mapping[str, Any], files: Files | None, where: str) -> HeightModel:
    if body.get("model", "log2") != "log2":
        form.wrong(f"{where}/model", "one_of", body["model"], choices="log2")
    weights = body.get("weights", "none")
    if weights not in WEIGHTS:
        form.wrong(f"{where}/weights", "one_of", weights, choices=", ".join(WEIGHTS))
    chosen = body.get("columns")
    if not isinstance(chosen, Mapping) or not all(isinstance(chosen.get(one), str) for one in ("diameter", "height")):
        form.add(absent_or_wrong(body, "columns", where, "object"))
    form.done()
    columns, names = table(body, files, where=where), dict(chosen or {})
    d, h = (numbers(columns, names[one], f"{where}/columns/{one}", str(body["file"])) for one in ("diameter", "height"))
    found: HeightModel = asked_of(lambda: fitted(d, h, weights))
    return found


def _posterior(form: StudyForm, files: Files | None) -> Posterior:
    columns = table({"file": form.body.get("posterior_file")}, files)
    name = str(form.body.get("posterior_file"))
    intercept, slope, sd = (
        numbers(columns, one, "/input/posterior_file", name) for one in ("intercept", "logagbt", "sd")
    )
    return Posterior(intercept, slope, sd)


def _species(form: StudyForm, columns: Any) -> np.ndarray | None:
    if "species_column" not in form.body:
        return None
    cells = of(columns, str(form.body["species_column"]), "/input/species_column", str(form.body["file"]))
    return np.unique(cells.astype(str), return_inverse=True)[1].astype(np.int64)


def _errors(form: StudyForm) -> Errors:
    shared = form.body.get("shared", {})
    if not isinstance(shared, Mapping) or any(one not in SHARINGS for one in shared.values()):
        form.wrong("/input/shared", "one_of", shared, choices=", ".join(SHARINGS))
    fraction = form.body.get("carbon_fraction")
    if fraction is not None and not (isinstance(fraction, list) and len(fraction) == 2):
        form.wrong("/input/carbon_fraction", "so_many_numbers", fraction, count=2)
    spread = form.number("wood_density_sd", "number_from", 0.0) if "wood_density_sd" in form.body else 0.0
    height = form.number("height_sd", "number_from", 0.0) if "height_sd" in form.body else 0.0
    form.done()
    return Errors(str(form.body.get("diameter_error", "")), spread, height,
                  None if fraction is None else (float(fraction[0]), float(fraction[1])), dict(shared))  # fmt: skip


def _spread(found: Drawn) -> dict[str, Any]:
    return {"mean": found.mean, "sd": found.sd, "ci95": list(found.interval())}
