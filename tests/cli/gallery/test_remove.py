import json

import pytest


def test_an_image_and_then_an_identity_are_removed(gallery):
    assert gallery("gallery remove b --image 3") == (0, "g: b: 1 images removed\n", "")
    assert gallery("gallery remove b")[0] == 0
    assert json.loads(gallery("gallery list --json")[1])["identities"] == {"a": 2}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("c", "g: unknown identity 'c': expected one of a, b"),
        ("a --image 3", "g: unknown image of a '3': expected one of 1, 2"),
    ],
)
def test_what_is_not_enrolled_is_one_message(refused, words, message):
    assert message in refused(f"gallery remove {words}")
