"""Notes on the differences from published figures."""

from collections.abc import Sequence

from fewshot.reporting.comparisons.published import Comparison, published_half

FEW = 8  # published figures without a row of ours that are named each


def of_published(held: Sequence[Comparison]) -> list[str]:
    """On the differences from published figures."""
    notes = []
    if any(one.difference for one in held):
        words = {False: "our best on the task", True: "our best of the rows that the suite names"}
        basis = dict.fromkeys(words["like" in one.item] for one in held if one.name)
        called = {one.name for one in held if one.name}
        ours = ", ".join([*(called if len(called) == 1 else ()), " or ".join(basis)])
        notes.append(
            f"difference: ours ({ours}) − published, in points; ± is our half-width, over classes and trainings where "
            f"it is known, combined in quadrature with {_published_halves(held)}"
        )
    unlike = [
        f"published {one.item['method']}: no row here has "
        + ", ".join(f"{key} = {value}" for key, value in one.item["like"].items())
        for one in held
        if "like" in one.item and not one.name and one.item.get("comparable", True)
    ]
    if len(unlike) > FEW:
        unlike = [f"{unlike[0]}; {len(unlike) - 1} more published figures have no such row either"]
    apart = dict.fromkeys(one.item["method"] for one in held if not one.item.get("comparable", True))
    if apart:
        notes.append(f"of another category, so that no difference is given: {', '.join(apart)}")
    return [*notes, *unlike]


def _published_halves(held: Sequence[Comparison]) -> str:
    """The half-widths of those published figures that are compared."""
    items = [one.item for one in held if one.difference]
    kinds = dict.fromkeys(
        "the published one" if "half_width" in item else "that of the published number of trials"
        for item in items
        if published_half(item) is not None
    )
    without = [item["method"] for item in items if published_half(item) is None]
    if not kinds:
        return "none, as the published figures have none"
    return " or ".join(kinds) + (f"; none is known of {', '.join(dict.fromkeys(without))}" if without else "")
