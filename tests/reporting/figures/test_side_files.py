from fewshot.reporting.figures.side_files import difference, to_text


def test_the_place_that_is_named_differs_by_more_than_may_be(tmp_path):
    """The first that differs at all was named, though it may."""
    old, new = ({"figure": "f", "suite": "s", "records": [], "rows": [{"at": [0.5 + by, by]}]} for by in (1e-5, 2.0))
    new["rows"][0]["at"][0] = 0.5
    (tmp_path / "f.json").write_text(to_text(old), encoding="utf-8")
    assert "row 1 differs in at[1]: 1e-05, a rebuild says 2.0" in difference(tmp_path / "f.json", new, 1e-3)
