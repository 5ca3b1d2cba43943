"""Which web pages may open sockets: those that this machine serves itself.

Browsers let any page open a WebSocket to loopback, and tell its origin. AWS needs no such check, since a page cannot
sign; here a signature may go unverified, and behind the socket an agent or a shell runs with the operator's rights.
A page that brought a token which was verified is not asked where it is from.
"""

from typing import Final
from urllib.parse import urlsplit

from agentcore_emulator.admin.guard import ANY_HOST, LOOPBACK_NAMES
from agentcore_emulator.errors import AccessDeniedException
from agentcore_emulator.exchange import Headers

_BARE_LOOPBACK: Final = frozenset(name.strip("[]") for name in LOOPBACK_NAMES)


def check_origin(headers: Headers, allowed_hosts: frozenset[str]) -> None:
    """Lets programs pass, and pages of loopback and of the allowed hosts.

    Raises:
        AccessDeniedException: the page is of another origin, or of none that it could name.
    """
    origin = dict(headers).get(b"origin")
    if origin is None or ANY_HOST in allowed_hosts:
        return
    try:
        host = urlsplit(origin.decode("latin-1")).hostname or ""
    except ValueError:
        host = ""
    if host not in _BARE_LOOPBACK | allowed_hosts:
        raise AccessDeniedException("A page of that origin may not open sockets of this emulator")
