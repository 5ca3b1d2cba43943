"""The reference backend with one defect each, to see that the suite notices.

Each variant is the real program with one part replaced, so everything else about it is as good as ever.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from typing import Any

import jwt
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as AsgiMessage

from agentcore_backend import app as reference
from agentcore_backend import chats
from agentcore_backend.auth import Principal, TokenVerifier
from agentcore_backend.chats import Chat, Message, MessageStatus, Role
from agentcore_backend.errors import Unauthorized
from agentcore_backend.failures import AgentFailure
from agentcore_backend.invocation import Invoker
from agentcore_backend.jwks import KeySet
from agentcore_backend.settings import Settings
from agentcore_backend.store import ChatStore
from agentcore_backend.transports.transport import Transport

Variant = Callable[[Settings], ASGIApp]


def sound(settings: Settings) -> ASGIApp:
    """No defect."""
    return reference.build_app(reference.build_services(settings), reference.build_verifier(settings))


# --- tokens -----------------------------------------------------------------------------------------------------------


def _with_verifier(settings: Settings, verifier: TokenVerifier) -> ASGIApp:
    return reference.build_app(reference.build_services(settings), verifier)


class _Lenient(TokenVerifier):
    """Checks everything but one claim."""

    def __init__(self, settings: Settings, unchecked: str) -> None:
        self._settings = settings
        self._unchecked = unchecked
        self._options = {"verify_aud": False, "verify_iss": unchecked != "iss", "verify_exp": unchecked != "exp"}
        self._jwks = KeySet(settings.jwks_url)

    async def verify(self, token: str) -> Principal:
        try:
            key = await self._jwks.key("dummy")
            options: Any = self._options
            claims = jwt.decode(token, key, algorithms=["RS256"], issuer=self._settings.issuer, options=options)
        except jwt.PyJWTError:
            raise Unauthorized("not valid") from None
        if self._unchecked != "token_use" and claims["token_use"] != "access":
            raise Unauthorized("not valid")
        client_id = claims.get("client_id", claims.get("aud"))
        if self._unchecked != "client_id" and client_id != self._settings.client_id:
            raise Unauthorized("not valid")
        return Principal(claims["sub"])


class _Trusting(TokenVerifier):
    """Reads the claims and believes them."""

    def __init__(self) -> None:
        """Needs no keys."""

    async def verify(self, token: str) -> Principal:
        try:
            return Principal(jwt.decode(token, options={"verify_signature": False})["sub"])
        except jwt.PyJWTError:
            raise Unauthorized("not valid") from None


def lets_anybody_in(settings: Settings) -> ASGIApp:
    """A caller without a token is treated as a guest."""
    unguarded = reference.build_app(reference.build_services(settings), reference.build_verifier(settings))
    unguarded.user_middleware.clear()

    async def as_guest(scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})["principal"] = Principal("guest")
        await unguarded(scope, receive, send)

    return as_guest


def sends_no_challenge(settings: Settings) -> ASGIApp:
    """Refuses with 401 and leaves ``WWW-Authenticate`` out."""
    app = sound(settings)

    async def without_challenge(scope: Scope, receive: Receive, send: Send) -> None:
        async def strip(message: AsgiMessage) -> None:
            kept = [pair for pair in message.get("headers", []) if pair[0] != b"www-authenticate"]
            await send({**message, "headers": kept} if "headers" in message else message)

        await app(scope, receive, strip)

    return without_challenge


def trusts_any_signature(settings: Settings) -> ASGIApp:
    """Decodes tokens and does not check who signed them."""
    return _with_verifier(settings, _Trusting())


def ignores_expiry(settings: Settings) -> ASGIApp:
    """Takes tokens whose time is over."""
    return _with_verifier(settings, _Lenient(settings, "exp"))


def takes_id_tokens(settings: Settings) -> ASGIApp:
    """Does not look at ``token_use``."""
    return _with_verifier(settings, _Lenient(settings, "token_use"))


def takes_any_client(settings: Settings) -> ASGIApp:
    """Does not look at ``client_id``."""
    return _with_verifier(settings, _Lenient(settings, "client_id"))


def takes_any_issuer(settings: Settings) -> ASGIApp:
    """Does not look at ``iss``."""
    return _with_verifier(settings, _Lenient(settings, "iss"))


# --- store ------------------------------------------------------------------------------------------------------------


def _with_store(settings: Settings, kind: type[ChatStore]) -> ASGIApp:
    services = reference.build_services(settings)
    store = kind(services.store._client, settings.sessions_table, settings.messages_table)
    invoker = Invoker(services.agents, store, services.workers, services.background)
    services = replace(services, store=store, invoker=invoker)
    return reference.build_app(services, reference.build_verifier(settings))


class _Forgetful(ChatStore):
    def add_message(self, session_id: str, role: Role, *rest: Any, **timing: Any) -> Message:
        if role is Role.ASSISTANT:
            return Message(session_id, 0, role, *rest)
        return super().add_message(session_id, role, *rest, **timing)


class _NeverPartial(ChatStore):
    def add_message(self, session_id: str, role: Role, content: str, *_: Any, **timing: Any) -> Message:
        return super().add_message(session_id, role, content, MessageStatus.COMPLETE, **timing)


class _Backwards(ChatStore):
    def messages(self, session_id: str) -> list[Message]:
        return super().messages(session_id)[::-1]


class _Shared(ChatStore):
    """Forgets that a chat has an owner."""

    def add_chat(self, chat: Chat) -> None:
        super().add_chat(replace(chat, user_id="everybody"))

    def find_chat(self, user_id: str, session_id: str) -> Chat | None:
        del user_id
        return super().find_chat("everybody", session_id)

    def chats_of(self, user_id: str) -> list[Chat]:
        del user_id
        return super().chats_of("everybody")


class _Unlisted(ChatStore):
    def chats_of(self, user_id: str) -> list[Chat]:
        return super().chats_of(user_id)[:1]


class _Short(ChatStore):
    def add_chat(self, chat: Chat) -> None:
        # a frozen chat is what the route answers with, so it is changed in place
        object.__setattr__(chat, "session_id", chat.session_id[:30])
        super().add_chat(chat)


def does_not_store_answers(settings: Settings) -> ASGIApp:
    """Stores what users say, and not what agents say."""
    return _with_store(settings, _Forgetful)


def calls_everything_complete(settings: Settings) -> ASGIApp:
    """Stores broken-off answers as complete."""
    return _with_store(settings, _NeverPartial)


def lists_backwards(settings: Settings) -> ASGIApp:
    """Lists messages newest first."""
    return _with_store(settings, _Backwards)


def leaks_chats(settings: Settings) -> ASGIApp:
    """Shows everybody's chats to everybody."""
    return _with_store(settings, _Shared)


def lists_one_chat(settings: Settings) -> ASGIApp:
    """Lists the newest chat only."""
    return _with_store(settings, _Unlisted)


# --- answers ----------------------------------------------------------------------------------------------------------


def _with_agents(settings: Settings, wrap: Callable[[Transport], Any]) -> ASGIApp:
    services = reference.build_services(settings)
    invoker = Invoker(wrap(services.agents), services.store, services.workers, services.background)
    return reference.build_app(replace(services, invoker=invoker), reference.build_verifier(settings))


class _Agents:
    """The agents, with every answer passed through one function."""

    def __init__(self, agents: Transport, alter: Callable[..., AsyncGenerator[str, None]]) -> None:
        self._agents = agents
        self._alter = alter

    def answer(self, runtime_arn: str, session_id: str, prompt: str) -> AsyncGenerator[str, None]:
        return self._alter(self._agents, runtime_arn, session_id, prompt)


def buffers_the_stream(settings: Settings) -> ASGIApp:
    """Sends the events when it has them all."""

    async def buffered(agents: Transport, *invocation: str) -> AsyncGenerator[str, None]:
        for text in [text async for text in agents.answer(*invocation)]:
            yield text

    return _with_agents(settings, lambda agents: _Agents(agents, buffered))


def drops_the_last_event(settings: Settings) -> ASGIApp:
    """Passes on all events but the last."""

    async def shortened(agents: Transport, *invocation: str) -> AsyncGenerator[str, None]:
        waiting: str | None = None
        async for text in agents.answer(*invocation):
            if waiting is not None:
                yield waiting
            waiting = text

    return _with_agents(settings, lambda agents: _Agents(agents, shortened))


def changes_the_session_id(settings: Settings) -> ASGIApp:
    """Uses a session id of its own upstream."""

    async def renamed(agents: Transport, arn: str, session_id: str, prompt: str) -> AsyncGenerator[str, None]:
        async for text in agents.answer(arn, f"{session_id}-{chats.new_session_id()}", prompt):
            yield text

    return _with_agents(settings, lambda agents: _Agents(agents, renamed))


def swallows_failures(settings: Settings) -> ASGIApp:
    """Takes a failure of the agent for the end of its answer."""

    async def swallowed(agents: Transport, *invocation: str) -> AsyncGenerator[str, None]:
        try:
            async for text in agents.answer(*invocation):
                yield text
        except AgentFailure:
            return

    return _with_agents(settings, lambda agents: _Agents(agents, swallowed))


def keeps_reading(settings: Settings) -> ASGIApp:
    """Reads an answer to its end although nobody listens any more."""

    async def decoupled(agents: Transport, *invocation: str) -> AsyncGenerator[str, None]:
        texts: asyncio.Queue[str | None] = asyncio.Queue()

        async def pump() -> None:
            try:
                async for text in agents.answer(*invocation):
                    texts.put_nowait(text)
            finally:
                texts.put_nowait(None)

        reading = asyncio.ensure_future(pump())
        while (text := await texts.get()) is not None:
            yield text
        await reading

    return _with_agents(settings, lambda agents: _Agents(agents, decoupled))


def mixes_answers(settings: Settings) -> ASGIApp:
    """Takes the two events that come at the same time for each other's."""
    latest: dict[str, str] = {}

    async def mixed(agents: Transport, *invocation: str) -> AsyncGenerator[str, None]:
        async for text in agents.answer(*invocation):
            latest["text"] = text
            await asyncio.sleep(0.06)
            yield latest["text"]

    return _with_agents(settings, lambda agents: _Agents(agents, mixed))


def gives_short_session_ids(settings: Settings) -> ASGIApp:
    """Gives chats an id that AgentCore refuses."""
    return _with_store(settings, _Short)
