"""The page in a headless Chromium, where one is installed: its script, by pointer and keys, on a phone and in the
dark."""

import pytest
from browser import find_browser, opened

OPENED = "document.querySelectorAll('tr.opened').length"
FIRST = "document.querySelector('#results table tbody th').textContent"


@pytest.fixture(scope="module")
def tab(page, tmp_path_factory):
    """A tab that shows the page."""
    if not (browser := find_browser()):
        pytest.skip("needs Chromium")
    folder = tmp_path_factory.mktemp("browser")
    (folder / "page.html").write_text(page[0], encoding="utf-8")
    with opened(browser, folder / "profile") as made:
        made.open(folder / "page.html")
        yield made


def test_the_page_is_there_without_a_request_or_a_complaint(tab, page):
    assert tab.complaints == []
    assert tab.evaluate("document.querySelectorAll('#results table')[0].tBodies[0].rows.length") == 4
    assert tab.evaluate("document.querySelectorAll('section .charts > figure > svg').length") >= 3
    assert tab.evaluate("typeof evil") == "undefined"
    assert tab.evaluate("getComputedStyle(document.querySelector('.p0')).backgroundImage").startswith('url("data:')
    assert tab.evaluate("getComputedStyle(document.querySelector('.script')).display") != "none"


def test_a_row_opens_by_pointer_and_closes_by_key(tab, page):
    name = page[1][0].spec.id
    tab.evaluate(f"document.querySelector('tr[data-key=\"{name}\"] td').click()")
    assert tab.evaluate(OPENED) == 1
    shown = tab.evaluate("document.querySelector('tr.opened').innerText")
    assert "Scores of pairs, seed 0" in shown
    assert "answers wrong" in shown
    assert tab.evaluate("document.querySelectorAll('.charts .line.chosen').length") == 3
    tab.evaluate("document.querySelector('tr.opened summary').focus()")
    tab.press("Escape")
    assert tab.evaluate(OPENED) == 0
    assert tab.evaluate("document.activeElement.getAttribute('href')") == f"#m-{name}"
    tab.press("Enter", "\r")
    assert tab.evaluate(OPENED) == 1
    assert tab.evaluate("document.activeElement.getAttribute('aria-expanded')") == "true"


def test_an_arrow_key_shows_the_picture_of_an_embedding(tab):
    tab.evaluate("document.querySelector('tr.opened .plane svg').focus({preventScroll: true})")
    tab.press("ArrowRight")
    assert tab.evaluate("document.querySelector('#tip').innerText").startswith("Group0/</style>")
    assert tab.evaluate("getComputedStyle(document.querySelector('#tip i')).backgroundImage").startswith('url("data:')
    tab.press("Escape")
    tab.evaluate("document.querySelector('#results tbody a').click()")
    assert tab.evaluate(OPENED) == 0


def test_rows_are_sorted_and_filtered(tab, page):
    head = "[...document.querySelectorAll('#results th button')].find((one) => one.textContent === 'ROC area')"
    best = max(page[1][:3], key=lambda one: one.area)
    for way, first in (("descending", True), ("ascending", False)):
        tab.evaluate(f"{head}.click()")
        assert tab.evaluate(f"{head}.parentNode.getAttribute('aria-sort')") == way
        assert (tab.evaluate(FIRST) == best.texts["method"]) == first
    last = "[...document.querySelectorAll('#results tbody th')].at(-2).textContent"
    assert tab.evaluate(last) == page[1][3].texts["method"]  # a row without figures stays last
    tab.evaluate("filter.value = 'Euclid CONTR'; filter.dispatchEvent(new Event('input'))")
    assert tab.evaluate("[...document.querySelectorAll('#results tbody tr')].filter((row) => !row.hidden).length") == 1
    assert tab.evaluate("found.textContent") == "1 of 4 rows"


def test_it_fits_a_phone_and_is_dark_in_the_dark(tab, tmp_path):
    papers = []
    for scheme in ("light", "dark"):
        tab.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        papers.append(tab.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert papers == ["rgb(255, 255, 255)", "rgb(20, 23, 26)"]
    tab.call("Emulation.setDeviceMetricsOverride", width=360, height=700, deviceScaleFactor=1, mobile=True)
    tab.evaluate("document.querySelector('#results tr:not([hidden]) a').click()")
    assert tab.evaluate("document.documentElement.scrollWidth") == 360
    tab.screenshot(tmp_path / "phone.png")
    assert (tmp_path / "phone.png").stat().st_size > 10_000
    assert tab.complaints == []
