"""Values that records may hold."""

CHOSEN = {"points": {"eer": 0.25, "fmr=0.01": -1.5}, "calibration": (2.5, -0.125), "chosen_by": "0123456789ab"}
CHOSEN |= {"rule": "max_score"}


def errors(*values) -> dict:
    return {"forged": {"max_score": {"3": [*values]}}}
