"""Runtime ARNs and names."""

import pytest

from agentcore_emulator.arn import is_account_id, is_runtime_id, is_runtime_name, parse_runtime_arn

ARN = "arn:aws:bedrock-agentcore:eu-west-1:123456789012:runtime/travel_agent-0123456789"


@pytest.mark.parametrize("text", [ARN, f"{ARN}/runtime-endpoint/DEFAULT", ARN.replace("arn:aws:", "arn:aws-us-gov:")])
def test_an_arn_survives_parsing_and_writing(text: str) -> None:
    """What is parsed is written again letter by letter."""
    assert str(parse_runtime_arn(text)) == text


@pytest.mark.parametrize(
    "text",
    ["", "arn:", ARN[:-1], f"{ARN} ", f"{ARN}\n", ARN.replace("runtime/", "harness/"), ARN.replace("1234567890", "12")],
)
def test_what_is_no_runtime_arn_is_not_taken_for_one(text: str) -> None:
    """Short ids, spaces, other resources and short account ids are refused."""
    assert parse_runtime_arn(text) is None


@pytest.mark.parametrize(("name", "legal"), [("a", True), ("A_1", True), ("a" * 48, True), ("a" * 49, False)])
def test_a_name_has_at_most_48_characters(name: str, legal: bool) -> None:
    """The limit of a runtime's name is 48."""
    assert is_runtime_name(name) is legal


@pytest.mark.parametrize("name", ["", "1a", "_a", "a-b", "a b", "a\n", "ä"])
def test_a_name_begins_with_a_letter_and_has_no_hyphen(name: str) -> None:
    """Only ASCII letters, digits and underscores may stand in a name."""
    assert not is_runtime_name(name)


def test_an_id_is_a_name_and_ten_characters() -> None:
    """An id has exactly ten letters or digits behind its hyphen."""
    assert is_runtime_id("a-0123456789")
    assert not is_runtime_id("a-012345678")


@pytest.mark.parametrize("text", ["12345678901", "1234567890123", "12345678901a", "١٢٣٤٥٦٧٨٩٠١٢"])
def test_an_account_id_is_twelve_ascii_digits(text: str) -> None:
    """Other lengths and other digits are refused."""
    assert not is_account_id(text)
