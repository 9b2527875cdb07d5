import pytest
from tueplots import figsizes

from fewshot.core.errors import RequestError
from fewshot.reporting.figures.page.page import CAPTION, VENUES, page_of_width, venue_page

BUNDLES = {
    "aaai": ("aaai2024_half", "aaai2024_full"), "cvpr": ("cvpr2024_half", "cvpr2024_full"), "eccv": ("eccv2024",),
    "icml": ("icml2024_half", "icml2024_full"), "jmlr": ("jmlr2001",), "neurips": ("neurips2024",),
    "tmlr": ("tmlr2023",),
}  # fmt: skip


@pytest.mark.parametrize("venue", VENUES)
def test_columns_are_as_wide_as_tueplots_has_them(venue):
    for columns, bundle in enumerate(BUNDLES[venue], start=1):
        wide = getattr(figsizes, bundle)()["figure.figsize"][0]
        page = venue_page(venue, columns)
        assert page.wide == pytest.approx(wide, abs=1e-9)
        assert 6 < page.high + CAPTION <= 9
    if len(BUNDLES[venue]) == 1:
        with pytest.raises(RequestError, match="expected 1, as papers of"):
            venue_page(venue, 2)


def test_other_widths_are_inches_of_a_page():
    assert page_of_width(4.25).wide == 4.25
    for wrong in (0, -5.5, 2.9, 12.1, float("inf"), float("nan")):
        with pytest.raises(RequestError, match="expected 3 to 12 inches, got"):
            page_of_width(wrong)
