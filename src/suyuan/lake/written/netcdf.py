"""netCDF classic with CF attributes: each variable of uncertainty says how its errors hang together along time.

«random»: independent from row to row; «systematic»: one error in all rows, times what the variable holds, with its
sign. The attributes are those of the obsarray convention (`err_corr_1_dim`, `err_corr_1_form`, `unc_comps`), so that a
reader who knows it finds them; the id of each shared influence stands beside, so that two files that share a reference
can be put together. Source: CF Conventions 1.11; FIDUCEO / obsarray.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.lake.written.columns import FLAGGED_BY, Columns, unit_of
from suyuan.lake.written.rows_csv import MEANING, Several
from suyuan.series.asof import Status
from suyuan.series.block import NO_TIME

EPOCH = "microseconds since 1970-01-01T00:00:00Z"
_FILL = np.array([np.nan])


def write(made: Columns) -> bytes:
    """A netCDF file (64-bit offset): `value`, `u`, `u_random`, `u_systematic_1` …, `status`, `time`."""
    from scipy.io import netcdf_file

    buffer = io.BytesIO()
    file = netcdf_file(buffer, "w", version=2)
    file.createDimension("time", len(made))
    _globals(file, made)
    _time(file, "time", made.time, {"standard_name": "time", **({"bounds": "time_bounds"} if _bounded(made) else {})})
    if made.until is not None:
        file.createDimension("bounds", 2)
        bounds = file.createVariable("time_bounds", "d", ("time", "bounds"))
        bounds[:] = np.stack([made.time, made.until], axis=1).astype(float)
    unit, difference = made.symbol, made.difference
    names = ["u_random", *(f"u_{c.name}" for c in made.components)]
    value = {
        "long_name": made.stream.quantity or made.stream.id, "units": unit, "unit_dsi": unit_of(made).get("dsi", ""),
        "ancillary_variables": "u status", "unc_comps": " ".join(names),
    }  # fmt: skip
    _floats(file, "value", made.value, value)
    _floats(file, "u", made.u, {"long_name": "combined standard uncertainty (k = 1)", "units": difference})
    _component(file, "u_random", made.random, difference, "random", {"long_name": "own part of each row"})
    for c in made.components:
        said = {"long_name": c.label, "influence_id": c.influence, "influence_source": c.source,
                "comment": "signed; the error of one row over that of another is the ratio of the values"}  # fmt: skip
        _component(file, f"u_{c.name}", c.value, difference, "systematic", said)
        file.variables[f"u_{c.name}"].influence_element = np.array([c.element], dtype=np.int32)
        if np.isfinite(c.dof):
            file.variables[f"u_{c.name}"].degrees_of_freedom = np.array([c.dof])
    _codes(file, "status", made.status, [s.word for s in Status], "why there is a value or none")
    if made.flagged_by is not None:
        words, index = np.unique(made.flagged_by.astype(str), return_inverse=True)
        _codes(file, "flagged_by", index, words.tolist(), FLAGGED_BY)
    if made.flag is not None:
        words, index = np.unique(made.flag.astype(str), return_inverse=True)
        _codes(file, "flag", index, words.tolist(), "mark of the device, as reported")
    if made.certificate is not None and made.certificates:
        _codes(file, "certificate", made.certificate + 1, ["none", *made.certificates], "certificate that corrects")
    if made.readings is not None:
        count = file.createVariable("readings", "i", ("time",))
        count[:] = made.readings.astype(np.int32)
        _said(count, {"long_name": "readings with a value in the period", "units": "1"})
    file.flush()
    content = buffer.getvalue()
    file.close()
    return content


def write_rows(several: Several, terms: Mapping[str, Any]) -> bytes:
    """A netCDF file of the rows that a grant gives: one after another along `time`, each with its stream's code."""
    from scipy.io import netcdf_file

    buffer = io.BytesIO()
    file = netcdf_file(buffer, "w", version=2)
    file.createDimension("time", sum(len(rows) for _, rows in several))
    said = {
        "Conventions": "CF-1.11",
        "title": str(terms["dataset"]),
        "license": str(terms["licence"] or ""),
        "comment": str(terms["conditions"] or ""),
        "suyuan": json.dumps(terms, ensure_ascii=False, sort_keys=True),
    }
    _said(file, said)
    names = [part.stream.id for part, _ in several]
    _codes(file, "stream", np.repeat(np.arange(len(names)), [len(rows) for _, rows in several]), names, "stream")
    units = {part.stream.unit for part, _ in several}
    unit = {"units": next(iter(units))} if len(units) == 1 else {}
    for name in dict.fromkeys(name for _, rows in several for name in rows.columns):
        column = np.concatenate([rows.columns[name] for _, rows in several])
        meaning = MEANING[name][1]
        if name == "time":
            _time(file, "time", column, {"standard_name": "time"})
        elif column.dtype.kind == "f":
            _floats(file, name, column, {"long_name": meaning, **unit})
        else:
            words, index = np.unique(column.astype(str), return_inverse=True)
            _codes(file, name, index, words.tolist(), meaning)
    file.flush()
    content = buffer.getvalue()
    file.close()
    return content


def _bounded(made: Columns) -> bool:
    return made.until is not None


def _globals(file: Any, made: Columns) -> None:
    about = made.about()
    said = {"Conventions": "CF-1.11", "title": made.stream.title or made.stream.id, "institution": made.stream.owner,
            "license": made.stream.licence, "comment": about["rule"],
            "suyuan": json.dumps(about, ensure_ascii=False, sort_keys=True)}  # fmt: skip
    _said(file, said)


def _said(thing: Any, said: dict[str, str]) -> None:
    """Attributes in UTF-8; an empty one is left out, as the format has none."""
    for key, text in said.items():
        if text:
            setattr(thing, key, text.encode("utf-8"))


def _time(file: Any, name: str, time: NDArray[np.int64], said: dict[str, str]) -> None:
    made = file.createVariable(name, "d", ("time",))
    made[:] = np.where(time == NO_TIME, np.nan, time.astype(float))
    _said(made, {"units": EPOCH, "calendar": "proleptic_gregorian", **said})


def _floats(file: Any, name: str, values: NDArray[np.float64], said: dict[str, str]) -> None:
    made = file.createVariable(name, "d", ("time",))
    made[:] = values
    made._FillValue = _FILL
    _said(made, said)


def _component(file: Any, name: str, values: NDArray[np.float64], unit: str, form: str, said: dict[str, str]) -> None:
    """A variable of uncertainty with its error-correlation form along time."""
    forms = {"err_corr_1_dim": "time", "err_corr_1_form": form, "pdf_shape": "gaussian"}
    _floats(file, name, values, {"units": unit, **forms, **said})


def _codes(file: Any, name: str, codes: NDArray[Any], words: list[str], meaning: str) -> None:
    """Whole numbers with their meanings: CF's words without blanks, and the texts as they are."""
    made = file.createVariable(name, "i", ("time",))
    made[:] = codes.astype(np.int32)
    made.flag_values = np.arange(len(words), dtype=np.int32)
    plain = " ".join("_".join(w.split()) or "none" for w in words)
    _said(made, {"long_name": meaning, "flag_meanings": plain, "legend": json.dumps(words, ensure_ascii=False)})
