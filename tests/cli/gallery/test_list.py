import json


def test_identities_are_listed_with_their_counts(gallery):
    code, out, _ = gallery("gallery list")
    assert (code, out.splitlines()[:2]) == (0, ["a  2", "b  2"])
    assert json.loads(gallery("gallery list --json")[1])["identities"] == {"a": 2, "b": 2}
