"""Names of identities: one spelling for each, and those that are refused."""

import pytest

from fewshot.core.errors import RequestError
from fewshot.gallery.names import identity_name


@pytest.mark.parametrize("name", ["anna", "Zoë", "李", "letter A", "-1", ".."])
def test_a_name_is_composed(name):
    import unicodedata

    assert identity_name(unicodedata.normalize("NFD", name)) == name


@pytest.mark.parametrize("name", ["", " ", "a/b", "a\\b", "a\nb", "a\0b", " a", "a\u202eb", "\udc80", "a" * 201])
def test_a_name_that_cannot_be_shown_in_a_line_is_refused(name):
    with pytest.raises(RequestError, match="name of an identity: expected"):
        identity_name(name)
