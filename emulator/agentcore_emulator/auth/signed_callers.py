"""Callers that sign: how much of their signature is looked at, and what of it needs the payload."""

from agentcore_emulator.auth.payload import hashed_payload
from agentcore_emulator.auth.settings import AuthMode, AuthSettings
from agentcore_emulator.auth.sigv4_request import EMPTY_HASH, WireRequest
from agentcore_emulator.auth.sigv4_signature import Signature, read_signature
from agentcore_emulator.auth.sigv4_verify import (
    UNSIGNED_PAYLOAD,
    check_age,
    check_payload,
    check_signature,
    declared_hash,
    known_key,
)
from agentcore_emulator.auth.timeline import Timeline
from agentcore_emulator.exchange import Receive


class SignedCallers:
    """Judges signatures: by their form in permissive mode, with the keys that are known in strict mode."""

    def __init__(self, settings: AuthSettings, region: str, timeline: Timeline) -> None:
        self._strict = settings.mode is AuthMode.STRICT
        self._keys = settings.access_keys
        self._region = region
        self._timeline = timeline

    async def admit(self, request: WireRequest, receive: Receive) -> Receive:
        """Lets a request pass, and gives back the `receive` to read its payload with.

        In strict mode a payload that is signed is read to its end first: it is hashed, and no agent sees it unless
        its hash is the signed one.

        Raises:
            AccessDeniedException: the signature is not good.
            ClientLeftError, ValidationException: as `hashed_payload`.
        """
        signature = self._current(request)
        if not self._strict:
            return receive
        secret = known_key(signature, self._keys, self._region).secret
        declared = declared_hash(request)
        if declared is not None:
            check_signature(request, signature, secret, declared)
            if declared == UNSIGNED_PAYLOAD:
                return receive
        payload = await hashed_payload(receive)
        if declared is None:
            check_signature(request, signature, secret, payload.sha256)
        else:
            check_payload(declared, payload.sha256)
        return payload.receive

    def check(self, request: WireRequest) -> None:
        """Lets a request without a payload pass.

        Raises:
            AccessDeniedException: the signature is not good.
        """
        signature = self._current(request)
        if self._strict:
            key = known_key(signature, self._keys, self._region)
            check_signature(request, signature, key.secret, declared_hash(request) or EMPTY_HASH)

    def _current(self, request: WireRequest) -> Signature:
        signature = read_signature(request)
        if self._strict or signature.expires_s is not None:
            check_age(signature, self._timeline.age_s(signature.signed_at_s))
        return signature
