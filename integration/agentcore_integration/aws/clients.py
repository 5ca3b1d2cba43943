"""boto3 clients for the offline AWS: an explicit endpoint, dummy keys, nothing read from the caller's environment."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from boto3.session import Session
    from mypy_boto3_cognito_idp.client import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb.client import DynamoDBClient

DUMMY_ACCESS_KEY = "AKIAOFFLINEEXAMPLE00"
DUMMY_SECRET_KEY = "offline-aws-takes-any-secret"  # noqa: S105 - not a secret, the offline AWS checks none


def cognito_client(endpoint_url: str, region: str) -> "CognitoIdentityProviderClient":
    """Return a Cognito client whose calls go to ``endpoint_url``."""
    return _session().client("cognito-idp", endpoint_url=endpoint_url, region_name=region)


def dynamodb_client(endpoint_url: str, region: str) -> "DynamoDBClient":
    """Return a DynamoDB client whose calls go to ``endpoint_url``."""
    return _session().client("dynamodb", endpoint_url=endpoint_url, region_name=region)


@cache
def _session() -> "Session":
    import boto3

    return boto3.Session(aws_access_key_id=DUMMY_ACCESS_KEY, aws_secret_access_key=DUMMY_SECRET_KEY)
