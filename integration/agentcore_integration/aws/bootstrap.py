"""What a chat backend expects to find in its AWS account, made through real calls: user pool, client, tables, users."""

import secrets
from dataclasses import dataclass, field

from agentcore_integration.aws.clients import cognito_client, dynamodb_client

SESSIONS_TABLE = "ai4ai-chat-sessions"
MESSAGES_TABLE = "ai4ai-chat-messages"


@dataclass(frozen=True)
class UserPool:
    """A Cognito user pool with one public app client."""

    endpoint_url: str
    region: str
    user_pool_id: str
    client_id: str

    @property
    def issuer(self) -> str:
        """The ``iss`` claim of the pool's tokens: the real service's URL, wherever the pool is emulated.

        Source: Amazon Cognito developer guide, verifying JSON web tokens; moto 5.2.5, read 2026-11-20 - observed
        """
        return f"https://cognito-idp.{self.region}.amazonaws.com/{self.user_pool_id}"

    @property
    def jwks_url(self) -> str:
        """Where the pool's public keys really are."""
        return f"{self.endpoint_url}/{self.user_pool_id}/.well-known/jwks.json"


@dataclass(frozen=True)
class Credentials:
    """What a person signs in with."""

    username: str
    password: str = field(repr=False)

    @classmethod
    def invent(cls, name: str) -> "Credentials":
        """Return credentials nobody has used, with a password that fulfils Cognito's default policy."""
        return cls(f"{name}-{secrets.token_hex(4)}", f"Aa1!{secrets.token_hex(12)}")


@dataclass(frozen=True)
class Tokens:
    """What a user pool hands out at sign-in."""

    access_token: str = field(repr=False)
    id_token: str = field(repr=False)


def create_user_pool(endpoint_url: str, region: str, name: str = "chat-users") -> UserPool:
    """Create a user pool and a client without secret that may sign in with a password."""
    cognito = cognito_client(endpoint_url, region)
    pool = cognito.create_user_pool(PoolName=name)["UserPool"]
    return UserPool(endpoint_url, region, pool["Id"], create_client(endpoint_url, region, pool["Id"], f"{name}-web"))


def create_client(endpoint_url: str, region: str, user_pool_id: str, name: str) -> str:
    """Create a further app client of a pool and return its id."""
    answer = cognito_client(endpoint_url, region).create_user_pool_client(
        UserPoolId=user_pool_id,
        ClientName=name,
        GenerateSecret=False,
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )
    return answer["UserPoolClient"]["ClientId"]


def create_tables(endpoint_url: str, region: str) -> None:
    """Create the two tables of the chat store."""
    dynamodb = dynamodb_client(endpoint_url, region)
    dynamodb.create_table(
        TableName=SESSIONS_TABLE,
        KeySchema=[
            {"AttributeName": "user_id", "KeyType": "HASH"},
            {"AttributeName": "session_id", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "user_id", "AttributeType": "S"},
            {"AttributeName": "session_id", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.create_table(
        TableName=MESSAGES_TABLE,
        KeySchema=[
            {"AttributeName": "session_id", "KeyType": "HASH"},
            {"AttributeName": "timestamp", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "session_id", "AttributeType": "S"},
            {"AttributeName": "timestamp", "AttributeType": "N"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )


def sign_up(pool: UserPool, credentials: Credentials) -> None:
    """Sign a user up and confirm the sign-up, as the user would with the code from the mail."""
    cognito = cognito_client(pool.endpoint_url, pool.region)
    cognito.sign_up(ClientId=pool.client_id, Username=credentials.username, Password=credentials.password)
    cognito.confirm_sign_up(ClientId=pool.client_id, Username=credentials.username, ConfirmationCode="123456")


def sign_in(pool: UserPool, credentials: Credentials, client_id: str | None = None) -> Tokens:
    """Sign in with the password (``USER_PASSWORD_AUTH``), through the pool's client or another one of the pool."""
    answer = cognito_client(pool.endpoint_url, pool.region).initiate_auth(
        ClientId=client_id or pool.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": credentials.username, "PASSWORD": credentials.password},
    )
    result = answer["AuthenticationResult"]
    return Tokens(result["AccessToken"], result["IdToken"])


def new_user(pool: UserPool, name: str) -> Tokens:
    """Sign an invented user up and in."""
    credentials = Credentials.invent(name)
    sign_up(pool, credentials)
    return sign_in(pool, credentials)
