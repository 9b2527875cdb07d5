"""Facts of a run: its machine, versions and sources."""

from fewshot.records.facts import machine_facts


def test_facts_name_versions_and_sources():
    facts = machine_facts()
    assert facts["versions"]["torch"]
    assert len(facts["sources"]) == 16
