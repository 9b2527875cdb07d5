"""Suites as tables, and what their cells are."""

from fewshot.suites.cells.build import cells

TABLE = {"dataset": "typefaces", "protocol": "scripts", "size": 28}
GRID = TABLE | {"backbones": ["conv4"], "losses": ["triplet", "contrastive"]}


def specs(table: dict, stage: str) -> list:
    """The specs of a table without a search."""
    return [spec for cell in cells(table, stage) for spec in cell.finals]


def methods(table: dict) -> list[tuple]:
    """Learner, loss and similarity of every cell."""
    return [
        (spec.learner.name, spec.loss and spec.loss.name, spec.similarity and spec.similarity.name)
        for spec in specs(table, "test")
    ]
