import pytest


def test_enrolment_tells_the_counts(gallery):
    assert gallery("enrol a a/0.png a/2.png") == (0, "g: a: 1 images enrolled, 1 enrolled already\n", "")
    code, out, err = gallery("enrol c c")
    assert (code, out) == (0, "g: c: 3 images enrolled, failures to enrol: 1\n")
    assert err.startswith("fewshot: failure to enrol: c/blank.png: blank")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("a/b a/0.png", "name of an identity: expected one without slashes"),
        ("'a\nb' a/0.png", "name of an identity: expected one without slashes"),
        ("'' a/0.png", "name of an identity: expected 1 to 200 characters, got 0"),
        ("c a/0.png c/0.png", "a/0.png: expected an image of c, it is enrolled as 'a'"),
        ("c c/blank.png", "c: expected images that can be used, got none: c/blank.png: blank"),
        ("c c/0.png text.png", "text.png: expected an image"),
        ("c gone.png", "gone.png: expected an image, got: No such file"),
    ],
)
def test_what_cannot_be_enrolled_is_one_message(refused, words, message):
    assert message in refused(f"enrol {words}")
