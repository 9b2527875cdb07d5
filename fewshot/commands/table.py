"""`fewshot table`: a suite's table from its records."""

import argparse

from fewshot.commands import asked_suite
from fewshot.record import read_records
from fewshot.standing import Standing, read_standing
from fewshot.tables import Table, make_table, render


def table(options: argparse.Namespace) -> int:
    """Print the table."""
    standing = read_standing(asked_suite(options), options.results)
    print(render(suite_table(standing, options), options.format), end="")
    return 0


def suite_table(standing: Standing, options: argparse.Namespace) -> Table:
    """The table of what is there."""
    suite = standing.suite
    protocols = {spec.protocol.name for spec in suite.specs}
    tests = sum(
        record.spec.stage == "test" and record.spec.protocol.name in protocols
        for record in read_records(options.results).values()
    )
    return make_table(
        suite.title,
        suite.note,
        standing.records,
        suite.published if options.stage == "test" else (),
        test_evaluations=tests,
        missing=standing.missing,
    )
