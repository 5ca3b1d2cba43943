"""The catalogue is readable, complete in every entry, and refuses what is no requirement."""

import pytest

from agentcore_contracts.requirements import CatalogueError, Requirement, load_catalogue, parse_catalogue

GOOD = '[X1]\nsentence = "It holds."\nlevel = "MUST"\nsource = "A page, read 2026-11-20"\nestablished = "documented"\n'


def test_catalogue_of_contracts() -> None:
    """The contract suite's own catalogue loads, in the order of its file, and holds every entry it is known for."""
    expected = [f"A{number}" for number in range(1, 28)]

    assert expected == list(load_catalogue("agentcore_contracts"))


def test_table_becomes_requirement() -> None:
    """A table becomes a requirement, field by field."""
    expected = Requirement("X1", "It holds.", "MUST", "A page, read 2026-11-20", "documented")

    assert parse_catalogue(GOOD, origin="here") == {"X1": expected}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("MUST", "OUGHT"), "level is 'OUGHT', expected one of MUST, SHOULD"),
        (("documented", "rumoured"), "established is 'rumoured'"),
        (("It holds.", " "), "sentence must be a text that is not empty"),
        (("[X1]", "[x1]"), "requirement id 'x1'"),
        (("level", "severity"), r"\[X1\] needs exactly the keys sentence, level, source, established"),
        (('"It holds."', "7"), "sentence must be a text"),
        (("[X1]", "[X1"), "here: "),
    ],
)
def test_bad_table_is_refused(change: tuple[str, str], complaint: str) -> None:
    """What is no requirement is refused with the file and what is wrong in it."""
    with pytest.raises(CatalogueError, match=complaint):
        parse_catalogue(GOOD.replace(*change), origin="here")


def test_package_without_catalogue() -> None:
    """A package that has no catalogue is named."""
    with pytest.raises(CatalogueError, match=r"package json: its requirements\.toml cannot be read"):
        load_catalogue("json")


def test_caller_cannot_change_the_catalogue() -> None:
    """Each caller gets a dictionary of its own."""
    load_catalogue("agentcore_contracts").clear()

    assert load_catalogue("agentcore_contracts")
