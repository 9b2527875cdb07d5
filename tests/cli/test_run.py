"""`fewshot run`: requests that contradict themselves."""

from fewshot.cli.main import main

MINE = '''"""A loss."""

from fewshot import compare, loss


@loss(similarity="euclidean")
def mine(support, query, similarity):
    """The mean distance within classes."""
    distance, same = compare(support, query, similarity.distance)
    return distance[same].mean()
'''


def test_cells_without_the_added_part_are_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(MINE)
    dry = ["run", "quickstart", "--add", "mine.py", "--dry-run"]
    assert main([*dry, "--only", "loss=triplet"]) == 2
    assert (
        capsys.readouterr().err
        == "fewshot: --only loss=triplet: expected a cell with what --add mine.py adds, got none\n"
    )
    assert main([*dry, "--only", "loss=triplet", "--only", "loss=mine"]) == 0
