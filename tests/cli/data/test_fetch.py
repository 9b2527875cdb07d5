def test_what_cannot_be_downloaded_is_refused(data, tmp_path):
    code, lines, err = data("fetch", "typefaces")
    assert (code, lines) == (2, [])
    assert "typefaces has nothing to download: expected one of " in err
    assert not (tmp_path / "cache").exists()
