"""Making the transport that the settings name; nothing but this module knows both."""

import os

import boto3
from botocore.config import Config

from agentcore_backend.settings import WEBSOCKET, Settings, SettingsError
from agentcore_backend.transports.arn import ArnError, RuntimeArn
from agentcore_backend.transports.endpoint import EndpointError, endpoint_override, socket_url
from agentcore_backend.transports.handshake import Handshake
from agentcore_backend.transports.sdk import SdkTransport
from agentcore_backend.transports.sockets import Sockets
from agentcore_backend.transports.transport import Transport
from agentcore_backend.transports.websocket import WebSocketTransport


def build_transport(settings: Settings, session: boto3.Session) -> Transport:
    """Make it; endpoint and credentials come from where every AWS client finds them.

    Raises ``SettingsError`` when an agent or the endpoint cannot be reached over WebSockets as the settings name it.
    """
    return _websocket(settings, session) if settings.transport == WEBSOCKET else _sdk(settings, session)


def _sdk(settings: Settings, session: boto3.Session) -> Transport:
    client = session.client(
        "bedrock-agentcore",
        config=Config(
            connect_timeout=5,
            read_timeout=settings.agent_read_timeout_s,
            max_pool_connections=settings.streams_max,
            retries={"mode": "standard"},
        ),
    )
    return SdkTransport(client, settings.streams_max)


def _websocket(settings: Settings, session: boto3.Session) -> Transport:
    try:
        override = endpoint_override(os.environ)
        for arn in settings.agents.values():
            socket_url(RuntimeArn.parse(arn), override)
    except (ArnError, EndpointError) as error:
        raise SettingsError(str(error)) from error
    handshake = Handshake(session.get_credentials, override, settings.agent_read_timeout_s)
    return WebSocketTransport(Sockets(handshake.open), settings.streams_max, settings.agent_read_timeout_s)
