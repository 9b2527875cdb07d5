"""CSV files of scores: the forms that are read, identities by names, and refusals that name the line."""

import numpy as np
import pytest

from fewshot.core.errors import RequestError
from fewshot.reporting.verification.scores_file import read_scores


@pytest.fixture
def read(tmp_path):
    def read(content: str | bytes):
        file = tmp_path / "scores.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_scores(file)

    return read


@pytest.mark.parametrize(
    "content",
    [
        "score,same\n0.5,1\n,1\n-1e3,0\n",
        "\ufeffscore,same\r\n0.5,true\r\n,True\r\n-1000,false\r\n",
        'score,same,role\n"0.5",1,\n" ",1,x\n-1000,0,forged\n\n',
    ],
    ids=["plain", "byte-order mark and CRLF", "quotes and roles"],
)
def test_forms_that_are_read(read, content):
    found = read(content)
    assert found.score.tolist() == [0.5, -np.inf, -1000]
    assert found.same.tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "line 1: expected the header score,same.*, got nothing"),
        ("a,b\n1,1\n", "line 1: expected the header .*, got 'a,b'"),
        ("score;same\n1;1\n", "line 1: expected the header"),
        ("score,same\n", "expected pairs of both kinds, same = 1 and same = 0, got none"),
        ("score,same\n1,1\n2,1\n", "expected pairs of both kinds, .* got one kind"),
        ("score,same\n1,1\nnan,0\n", "line 3: score: expected a finite number, or nothing for a failure, got 'nan'"),
        ("score,same\n1,1\n-inf,0\n", "line 3: score"),
        ("score,same\n1,1\n1e308,0\n", "line 3: score"),
        ("score,same\n1,1\nhigh,0\n", "line 3: score"),
        ("score,same\n1,1\n1,2\n", "line 3: same: expected 1, 0, true or false, got '2'"),
        ("score,same\n1,1\n1,\n", "line 3: same: .* got nothing"),
        ("score,same\n1,1\n1,0,0\n", "line 3: expected 2 cells, got '1,0,0'"),
        ("score,same,left,right\n1,1,a,a\n1,0,a,\n", "line 3: left and right: expected two names, got 'a,'"),
        ("score,same,left,right\n1,1,a,a\n,1,a,\n", "line 3: left and right: expected two names, got 'a,'"),
        ('score,same\n1,1\n"1,0\n', "line 3: expected CSV, got"),
        ("score,same\n,1\n1,0\n", "expected scores of pairs of both kinds, got none of one"),
        (b"score,same\n1,1\n\xff,0\n", "expected a CSV in UTF-8, got the byte 0xff"),
    ],
)
def test_anything_else_is_refused_in_one_message(read, content, message):
    with pytest.raises(RequestError, match=rf"scores\.csv.*{message}"):
        read(content)


def test_a_folder_and_a_missing_file_are_refused(tmp_path):
    for file in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(RequestError, match="expected a CSV of scores, got"):
            read_scores(file)


def identities(found) -> int:
    return len(found.scores().identities)


def test_names_that_same_class_pairs_connect_are_one_identity(read):
    head = "score,same,left,right\n"
    rows = "1,1,a1,a2\n1,1,a3,a2\n1,1,b1,b2\n1,1,c1,c2\n0,0,a1,b2\n0,0,b1,c1\n0,0,c2,d\n0,0,a3,e\n"
    assert identities(read(head + rows)) == 5  # a, b, c, d and e
    people = "1,1,a,a\n1,1,b,b\n1,1,c,c\n0,0,a,b\n0,0,b,c\n0,0,c,d\n"
    assert identities(read(head + people)) == 4
    assert identities(read(f"{head}{people},1,,\n,0,,\n")) == 6  # two failures to acquire
    groups = "".join(f"1,1,{name}/x,{name}/x\n0,0,{name}/x,{name}/y\n" for name in "abcdef")
    assert identities(read(head + groups)) == 6  # groups, as there are enough
    assert read("score,same\n1,1\n0,0\n").scores().identities is None


def test_each_role_of_different_pairs_stands_beside_all_same_pairs(read):
    found = read("score,same,role\n3,1,\n4,1,genuine\n1,0,random\n2,0,near\n0,0,random\n").scores().by_role()
    assert [(one.named, one.different.tolist()) for one in found] == [
        ("all", [[1, 2, 0]]),
        ("all, near", [[2]]),
        ("all, random forgeries", [[1, 0]]),
    ]
    assert {str(one.same.tolist()) for one in found} == {"[[3.0, 4.0]]"}
    assert len(read("score,same,role\n3,1,\n1,0,near\n").scores().by_role()) == 1


def test_skilled_and_random_forgeries_are_never_counted_together(read):
    found = read("score,same,role\n3,1,\n1,0,random\n2,0,forged\n0,0,random\n").scores().by_role()
    assert [(one.named, one.different.tolist()) for one in found] == [
        ("all, skilled forgeries", [[2]]),
        ("all, random forgeries", [[1, 0]]),
    ]
