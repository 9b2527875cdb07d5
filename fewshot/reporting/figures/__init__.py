"""Figures for papers, a module each: `NEEDS`, `data(given)` → rows, `draw(rows, page)` → a figure.

Rows are plain values, each with the ids of its `records`; a row may hold arrays, of which a side file has the digest.
A package above this one that draws from images or networks hands in a registry of its own beside `FIGURES`.
"""

_HERE = "fewshot.reporting.figures"
FIGURES = {
    "accuracy": f"{_HERE}.compare.accuracy",
    "calibration": f"{_HERE}.pairs.calibration",
    "confusion": f"{_HERE}.confusion",
    "cost": f"{_HERE}.compare.cost",
    "critical_difference": f"{_HERE}.compare.critical_difference",
    "curves": f"{_HERE}.curves",
    "det": f"{_HERE}.pairs.det",
    "differences": f"{_HERE}.compare.differences",
    "identification": f"{_HERE}.pairs.identification",
    "pitfalls": f"{_HERE}.compare.pitfalls",
    "published": f"{_HERE}.compare.published",
    "roc": f"{_HERE}.pairs.roc",
    "scores": f"{_HERE}.pairs.scores",
    "tuning": f"{_HERE}.compare.tuning",
}  # the module of each figure
