import re
import shutil
import subprocess

import pytest

from fewshot.reporting.blocks import Block, Table
from fewshot.reporting.latex import escape, latex

AWKWARD = (
    "a_b|c*", "[64, 128]", "* first", "{open", "close}", "50 % of $5 & #1", r"back\slash", "~^`'\"", "a--b ''c''",
    "Łukasz Müller, naïve Ångström", "−1.2 ± 0.9*", "–", "0.5 → “good”", "<T>",
    "failed: " + "long " * 30, "",
)  # fmt: skip
FOREIGN = ("τ = 0.5", "漢", "Ǻ")  # which pdfLaTeX's own fonts lack


def table(cells=AWKWARD):
    block = Block(("method", "*"), tuple((cell, cell) for cell in cells))
    wide = Block(tuple(f"column {i}" for i in range(12)), (tuple("92.0 ± 2.7 and more" for _ in range(12)),))
    return Table("A title: 100 % & more_", block, wide, block, cells)


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
    for what, name in re.findall(r"\\(begin|end)\{(\w+)\}", body):
        if what == "begin":
            opened.append(name)
        else:
            assert opened.pop() == name
    assert not opened
    for tabular in re.findall(r"\\toprule\n(.*?)\\bottomrule", bare, re.DOTALL):
        lines = [line for line in tabular.splitlines() if line != r"\midrule"]
        assert all(line.endswith(r"\\") and line.count(r"\\") == 1 for line in lines)
        assert len({line.count("&") for line in lines}) == 1
    assert bare.count("$") % 2 == 0
    assert "#" not in bare
    assert "~" not in bare.replace(r"\~", "")
    assert "%" not in bare.replace("{!}{%\n", "")
    assert "_" not in bare
    assert set(re.findall(r".\^", bare)) <= {"$^", r"\^"}


@pytest.mark.parametrize("cells", [AWKWARD, FOREIGN, ("plain",), ()], ids=["awkward", "foreign", "plain", "none"])
def test_braces_environments_and_cells_are_balanced(cells):
    check(latex(table(cells)))


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="needs pdflatex")
@pytest.mark.parametrize("cells", [AWKWARD, ()], ids=["awkward", "none"])
def test_it_compiles_as_it_is_and_fits_the_page(cells, tmp_path):
    (tmp_path / "table.tex").write_text(latex(table(cells)), encoding="utf-8")
    command = ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "table.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Overfull \\hbox" not in done.stdout
    assert (tmp_path / "table.pdf").stat().st_size > 1000


@pytest.mark.parametrize(
    ("text", "tex"),
    [
        ("92.0 ± 2.7*", r"92.0 $\pm$ 2.7$^{*}$"),
        ("−1", "$-$1"),
        ("–", "–"),
        ("a---b", "a-{}-{}-b"),
        ("a_b & {c} 5 %", r"a\_b \& \{c\} 5 \%"),
        ("Müller, 漢", "Müller, 漢"),
        ("[1]", "{[}1]"),
    ],
)
def test_a_sign_is_printed_as_it_is(text, tex):
    assert escape(text) == tex


def test_a_long_cell_is_broken_over_lines():
    assert r"\begin{tabular}{@{}p{5cm}p{5cm}@{}}" in latex(table())
