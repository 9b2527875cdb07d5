"""`fewshot list` and `fewshot data`: which parts, suites and images there are."""

import argparse

from fewshot.registry import KINDS, add_plugin, entries
from fewshot.suites import read_suite, suite_files


def parts(options: argparse.Namespace) -> int:
    """Print names and what they stand for."""
    for kind in [options.kind] if options.kind else [*KINDS.values(), "suites"]:
        if not options.kind:
            print(f"{kind}:")
        if kind == "suites":
            for name, file in suite_files().items():
                print(f"  {name:<20} {read_suite(str(file)).title}")
            continue
        for entry in entries(kind).values():
            print(f"  {entry.name:<20} {entry.summary}")
            if options.detail:
                for name, default in entry.options.items():
                    print(f"  {'':<20}   {name} = {default!r}")
    return 0


def data(options: argparse.Namespace) -> int:
    """Print which data sets are here, or fetch and verify one, or look for leaks in a protocol, or both."""
    from fewshot.datasets import audit, whereabouts

    for file in options.plugin:
        add_plugin(file)
    if options.audit:
        from fewshot.commands import audit as leaks

        leaks.asked_protocol(options)  # refused before anything is fetched
    if options.name or not options.audit:
        print("\n".join(audit(options.name, options.data) if options.name else whereabouts(options.data)))
    return leaks.audit(options) if options.audit else 0
