"""Tables as LaTeX: balanced whatever the cells hold, aligned at the decimal point, and compiled where LaTeX is."""

import re
import shutil
import subprocess
from dataclasses import replace

import pytest

from fewshot.reporting.blocks import Block, Table
from fewshot.reporting.latex.escape import escape, slug
from fewshot.reporting.latex.table import document, snippet

AWKWARD = (
    "a_b|c*", "[64, 128]", "* first", "{open", "close}", "50 % of $5 & #1", r"back\slash", "~^`'\"", "a--b ''c''",
    "Łukasz Müller, naïve Ångström", "−1.2 ± 0.9*", "–", "0.5 → “good”", "<T>",
    "failed: " + "long " * 30, "",
)  # fmt: skip
FOREIGN = ("τ = 0.5", "漢", "Ǻ")  # which pdfLaTeX's own fonts lack


def table(cells=AWKWARD):
    block = Block(("method", "*"), tuple((cell, cell) for cell in cells))
    lines = (tuple("92.0 ± 2.7 and more" for _ in range(12)),)
    wide = Block(tuple(f"column {i}" for i in range(12)), lines, caption="Published")
    return Table("A title: 100 % & more_", block, block, cells, (wide,))


def check(text):
    """What holds of every LaTeX table, whether or not there is a LaTeX to compile it."""
    body = "\n".join(line for line in text.splitlines() if not line.startswith("%"))
    bare = re.sub(r"\\[\\{}$&%#_^~]", lambda found: r"\\" if found.group() == r"\\" else "", body)
    depth = 0
    for sign in bare:
        depth += {"{": 1, "}": -1}.get(sign, 0)
        assert depth >= 0
    assert depth == 0
    opened = []
    for what, name in re.findall(r"\\(begin|end)\{(\w+\*?)\}", body):
        if what == "begin":
            opened.append(name)
        else:
            assert opened.pop() == name
    assert not opened
    for tabular in re.findall(r"\\toprule\n(.*?)\\bottomrule", bare, re.DOTALL):
        lines = [re.sub(r"\\shortstack\{[^{}]*(\{[^{}]*\}[^{}]*)*\}", "", line) for line in tabular.splitlines()]
        lines = [line for line in lines if line != r"\midrule"]
        assert all(line.endswith(r"\\") and line.count(r"\\") == 1 for line in lines)
        spans = [sum(int(one) - 1 for one in re.findall(r"multicolumn\{(\d+)\}", line)) for line in lines]
        assert len({line.count("&") + span for line, span in zip(lines, spans, strict=True)}) == 1
    assert bare.count("$") % 2 == 0
    assert "#" not in bare
    assert "~" not in bare.replace("Table~", "")
    assert "%" not in bare
    assert "_" not in re.sub(r"label\{.*?\}", "", bare)
    assert "resizebox" not in text
    assert set(re.findall(r".\^", bare)) <= {"$^", r"\^"}


@pytest.mark.parametrize("siunitx", [False, True])
@pytest.mark.parametrize("cells", [AWKWARD, FOREIGN, ("plain",), ()], ids=["awkward", "foreign", "plain", "none"])
def test_braces_environments_and_cells_are_balanced(cells, siunitx):
    check(document(table(cells), siunitx))


RESULTS = Table(
    "Two losses",
    Block(
        ("method", "rate", "20-way 1-shot (n = 20)", "sd over seeds", "ROC area"),
        (
            ("a", "0.008‡", "95.0 ± 2.1 (2.4)*", "0.7 (n = 3)", "97.6 (96.5–98.4)"),
            ("b", "–", "8.3 ± 13.6 (5.2)", "–", "–"),
            ("c", "0.1", "failed: out of memory", "–", "1,097.6 (96.5–98.4), 2,253 of 30,000, too few pairs"),
        ),
        2,
        "*",
    ),
    Block(("method",), ()),
    ("a note", "another"),
    name="my_suite, 2nd",
)


def lines_of(text):
    return [line for line in text.splitlines() if line.endswith(r"\\")]


def test_figures_are_aligned_at_the_decimal_point_and_the_best_are_bold():
    text = snippet(RESULTS)
    assert r"r@{}l@{\ }c@{\ }r@{}l@{\,}l" in text
    head, a, b, c, *_ = lines_of(text)
    assert r"\multicolumn{6}{c}{\shortstack{20-way 1-shot\\(n = 20)}}" in head
    assert r"\textbf{95} & \textbf{.0} & $\pm$ & 2 & .1 & (2.4)$^{*}$ & 0 & .7 & (n = 3)" in a
    assert r"\multicolumn{3}{c}{–} & 8 & .3 & $\pm$ & 13 & .6 & (5.2)" in b
    assert r"\multicolumn{6}{c}{failed: out of memory}" in c
    assert r"\textbf" not in b + c
    starred = replace(RESULTS, ours=replace(RESULTS.ours, best=""))  # as in a table of differences
    assert r"\textbf" not in snippet(starred)


def test_siunitx_aligns_them_in_columns_of_its_own():
    text = snippet(RESULTS, siunitx=True)
    assert r"S[table-format=1.3]@{\,}lS[table-format=2.1]@{\ }c@{\ }S[table-format=2.1]@{\,}l" in text
    _, a, *_ = lines_of(text)
    assert r"\bfseries 95.0 & $\pm$ & 2.1 & (2.4)$^{*}$" in a
    assert "1097.6 & (96.5–98.4), 2,253 of 30,000, too few pairs" in text


def test_it_has_a_label_and_its_notes_below():
    text = snippet(replace(RESULTS, below=(replace(RESULTS.ours, caption="Published"),)))
    assert re.findall(r"\\label\{(.*?)\}", text) == ["tab:my-suite-2nd", "tab:my-suite-2nd-published-1"]
    assert text.index("tablenotes") > text.rindex("bottomrule", 0, text.index("tablenotes"))
    assert text.count(r"\begin{tablenotes}") == 1
    assert r"Notes: see Table~\ref{tab:my-suite-2nd}." in text


def test_what_is_wider_than_a_paper_goes_on_below_by_its_names():
    columns = [f"column {number}" for number in range(8)]
    wide = Block(("method", "px", *columns), tuple((name, "32", *["92.0 ± 2.7 (3.0)"] * 8) for name in "ab"), 2)
    found = re.findall(r"toprule\n(.*?)\n", snippet(replace(RESULTS, ours=wide)))
    assert len(found) > 1
    assert [column for line in found for column in re.findall(r"column \d", line)] == columns
    assert all(line.startswith("method &") for line in found)
    assert ["px" in line for line in found] == [True] + [False] * (len(found) - 1)


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="needs pdflatex")
@pytest.mark.parametrize(
    ("cells", "siunitx"), [(AWKWARD, True), (("long " * 30,) * 99, False)], ids=["awkward, siunitx", "long"]
)
def test_it_compiles_as_it_is_and_fits_the_page(cells, siunitx, tmp_path):
    packages = ["threeparttable", "booktabs", *["siunitx"] * siunitx]
    if lacking := [one for one in packages if not _there(f"{one}.sty")]:
        pytest.skip(f"needs the LaTeX packages {lacking}")
    several = replace(table(cells), verification=(RESULTS.ours,), notes=cells[:20])
    (tmp_path / "table.tex").write_text(document(several, siunitx), encoding="utf-8")
    command = ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "table.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Overfull \\hbox" not in done.stdout
    assert "Float too large" not in done.stdout
    assert (tmp_path / "table.pdf").stat().st_size > 1000


def _there(file):
    return subprocess.run(["kpsewhich", file], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(
    ("text", "tex"),
    [
        ("92.0 ± 2.7*", r"92.0 $\pm$ 2.7$^{*}$"),
        ("−1", "$-$1"),
        ("–", "–"),
        ("a---b", "a-{}-{}-b"),
        ("a_b & {c} 5 %", r"a\_b \& \{c\} 5 \%"),
        ("Müller, 漢", "Müller, 漢"),
        ("τ = 0.5", r"$\tau$ = 0.5"),
        ("[1]", "{[}1]"),
    ],
)
def test_a_sign_is_printed_as_it_is(text, tex):
    assert escape(text) == tex


def test_a_long_cell_is_broken_over_lines():
    assert r"\raggedright\arraybackslash}p{" in document(table())


def test_a_label_has_letters_digits_and_hyphens_alone():
    assert slug("Łukasz' Ümlaut_Suite {100 %}, 漢") == "ukasz-umlaut-suite-100"
