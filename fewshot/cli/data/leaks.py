"""`fewshot data leaks`: the tasks, splits and images of one protocol, searched for leaks from training into testing.

fewshot data leaks vinyals
fewshot data leaks held_out --dataset folder:photographs --split 0.6/0.2/0.2 --set way=5
"""

import argparse
from collections.abc import Sequence

from fewshot.cli import suite_options
from fewshot.core.errors import RequestError, unknown
from fewshot.core.spec.run_spec import Part
from fewshot.data.locations import data_folders
from fewshot.protocols import check_goes_with, load_protocol
from fewshot.registry.lookup import find, make_part, own_name
from fewshot.suites.overrides import setting

Given = tuple[str, str, object]  # an option as written, its key and its value


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fewshot data leaks`."""
    parser.add_argument("protocol", metavar="PROTOCOL", help="the protocol (fewshot list protocols)")
    parser.add_argument("--dataset", metavar="NAME", help="the data set of a protocol that has none (its own)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="an option of either (none)")
    suite_options.add_dataset(parser)
    suite_options.add_data(parser)
    suite_options.add_plugins(parser)


def do(options: argparse.Namespace) -> int:
    """Print the leaks of a protocol, and return the exit code, 1 where there are any."""
    from fewshot.cli.data.leak_report import report_leaks

    suite_options.load_plugins(options)
    given = [(f"--set {key}={value}", key, value) for key, value in map(setting, options.set)]
    given += [(f"--{key.replace('_', '-')}", key, value) for key, value in suite_options.of_dataset(options).items()]
    return report_leaks(*parts_of(options.protocol, options.dataset, given), data_folders(options.data))


def parts_of(protocol: str, dataset: str | None, given: Sequence[Given]) -> tuple[Part, Part]:
    """The protocol and the data set to search, with their options; nothing is read yet.

    Raises `RequestError` for a data set that does not go with the protocol, a missing one, or an unknown option.
    """
    name = own_name("protocols", protocol)
    own = {key: value for _, key, value in given if key in find("protocols", name).options}
    plain = load_protocol(make_part("protocols", name, own))
    if plain.open and not dataset:
        raise RequestError(f"protocol {name} is of the data set's own split: expected --dataset folder:PATH")
    dataset = dataset or plain.dataset
    check_goes_with(plain, dataset)
    known = find("protocols", name).options, find("datasets", dataset).options
    options: tuple[dict, dict] = {}, {}
    for option, key, value in given:
        if key not in (*known[0], *known[1]):
            raise RequestError(f"{option}: {unknown(f'option of {name} or {dataset}', key, [*known[0], *known[1]])}")
        own = options[0 if key in known[0] else 1]
        if key in own:
            raise RequestError(f"{option}: expected each option once, got {key} twice")
        own[key] = value
    return make_part("protocols", name, options[0]), make_part("datasets", dataset, options[1])
