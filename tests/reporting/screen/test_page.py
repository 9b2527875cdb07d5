"""The page as text: its elements without a script, escapes, no address outside, and its size."""

import base64
import hashlib
import re
from dataclasses import replace

import pytest
from html_page import HtmlPage

from fewshot.reporting.screen.page import suite_page
from fewshot.reporting.summary import marked_apart, summarise
from fewshot.reporting.table import make_table
from fewshot.suites.suite import read_suite

EVIL = "</style><script>evil = 1</script>\"'&"


@pytest.fixture(scope="module")
def read(page):
    return HtmlPage(page[0])


def test_every_string_of_a_user_is_escaped(page, read):
    text, _ = page
    assert read.open == []
    assert len(read.of("script")) == 1
    assert "<script>evil" not in text
    said = "".join(read.words)
    assert said.count("<script>evil") > 20  # as words, in the title, notes, classes, files and facts
    assert f"Group0/{EVIL}0" in said
    assert f"{EVIL} lacks" in said
    assert any(values.get("data-name") == f"Group0/{EVIL}0" for values in read.of("g"))


def test_nothing_is_fetched_and_only_the_own_script_may_run(page, read):
    text, _ = page
    assert not read.of("link") + read.of("img") + read.of("iframe")
    assert "http" not in text.replace("http-equiv", "")
    assert {one["href"][0] for one in read.of("a")} == {"#"}
    addresses = re.findall(r"url\((.{12})", text)
    assert addresses == ["data:image/p"] * len(addresses)
    assert len(addresses) == 20  # each image once
    policy = next(one["content"] for one in read.of("meta") if "content" in one)
    script = text[text.index("<script>") + 8 : text.rindex("</script>")]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'" == policy


def test_the_table_can_be_read_without_a_script(page, read):
    text, methods = page
    table = text[text.index("<table>") : text.index("</table>")]
    lines = [re.sub(r"<[^>]+>", "|", line) for line in table.split("\n") if line.startswith("<tr")]
    assert len(lines) == 4
    assert table.count(">rank (group)<") == 2
    for line, method in zip(lines, methods, strict=True):
        assert method.texts["method"] in line
        figures = [f"{100 * values.mean():.1f} ± " in line for values in method.accuracy.values()]
        assert figures == [True] * (2 if method.records else 0)
        assert len(re.findall(r"\|\d(–\d)? \([a-c]+\)\|", line)) == (2 if method.records else 0)
    there = [one.spec.id for one in methods if one.records]
    assert [one["href"] for one in read.of("a")] == [f"#m-{name}" for name in there]
    assert {one.get("id") for one in read.of("div")} >= {f"m-{name}" for name in there}
    assert "aria-sort" not in table


def test_a_method_has_its_trainings_scores_mistakes_tasks_and_spec(page):
    text, (first, second, *_) = page
    part = text[text.index(f'id="m-{first.spec.id}"') : text.index(f'id="m-{second.spec.id}"')]
    assert part.count("<title>seed 1</title>") == 2  # of the loss, and of accuracy on val
    assert part.count("<svg") == 4
    assert "Scores of pairs, seed 0" in part
    assert ">threshold<" in part
    assert "5-way 1-shot: all 2 tasks, with the answers" in part
    assert part.count('<li class="wrong"') + part.count(', right"><span class="out">') == 10
    assert "<dt>training.steps</dt><dd>600</dd>" in part
    assert part.count("data-picture=") == 20


def test_curves_have_all_methods_and_their_names(page):
    text, methods = page
    section = text[text.index("<h2>Curves") : text.index('<section id="methods"')]
    for method in methods[:3]:
        assert section.count(f'data-key="{method.spec.id}"') == 4  # a button, ROC, DET and accuracy on val
    assert re.search(r"<title>[^<]+: area \d+\.\d %</title>", section)


@pytest.mark.slow
def test_31_methods_with_5_seeds_and_pictures_stay_below_5_mb(make_record, make_seen):
    spec = read_suite("quickstart").specs[0]
    steps = [(step, 1 / step, 0.5 + step / 10000) for step in range(1, 201)]
    records = [
        replace(make_record(replace(spec, seed=seed, training=replace(spec.training, steps=method))), curve=steps)
        for method in range(200, 231)
        for seed in range(5)
    ]
    table = make_table("Large", "", records)
    methods = {one.spec.id: one for one in marked_apart(summarise(records))}
    ordered = [methods[name] for name in table.methods]
    seen = make_seen(records[0], runs=20, way=20, side=28)  # as many as Omniglot's official trials
    text = suite_page(table, ordered, dict.fromkeys(methods, seen))
    assert len(ordered) == 31
    assert len(text.encode()) < 5e6
    assert max(len(path.split("L")) for path in re.findall(r'<path d="(M[^"]+)"', text)) <= 200
