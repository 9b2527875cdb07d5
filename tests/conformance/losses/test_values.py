"""What is refused of a loss's value: all but one finite number."""

import pytest
from plugin_texts import LOSS

MEAN = "similarity.distance(query[:, 0], support[:, 0]).mean()"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return query.sum(-1)", r"mine.py: expected one number, a float tensor \[\], .*got float32 \[2 5 4\]"),
        (f"return {MEAN}.item()", r"expected one number, a float tensor \[\], .*, got float"),
        ("return query.sum().long()", r"expected one number, a float tensor \[\], .*got int64 \[\]"),
        ("return query.sum() / 0", "got 1 of 1 numbers that are not finite"),
        (
            "more = 1\n    raise ValueError('no', 'pairs')",
            r"mine.py, line 11: ValueError: .*no.* \(given supports \[2 5 3 7\], queries \[2 5 4 7\]\)",
        ),
        ("return similarity.distance(query, support.mT).mean()", r"mine.py, line 10: RuntimeError: .*\(given supports"),
    ],
)
def test_a_value_that_is_not_one_finite_number_is_refused(refused, body, message):
    refused(LOSS.format(body=body), message)
