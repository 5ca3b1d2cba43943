"""The one conftest: how this repository's own tests run. Users of the wheel get nothing from here."""

import os

import pytest
from hypothesis import settings

# Two busy cores make any deadline a coin toss; what is fast enough is measured by `make bench`.
settings.register_profile("repository", parent=settings.default, deadline=None)
settings.load_profile("repository")

# The machine's own AWS settings must not reach a test: each gets what it names, and nothing by chance.
AWS_PREFIX = "AWS_"


@pytest.fixture(autouse=True)
def no_inherited_aws_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove inherited AWS variables, and point shared configuration files at nothing."""
    for name in [name for name in os.environ if name.startswith(AWS_PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
