"""What is emulated and how well, as a table: one row for each operation of the Runtime, one for each behaviour.

Kept beside the code and changed with it. `docs/fidelity.md` is written from it, and a test compares it with the
service models of the installed botocore.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Extent: TypeAlias = Literal["yes", "partly", "no"]

# First path segments of the operations that belong to the Runtime, in both services.
RUNTIME_FAMILY: Final = frozenset({"capacity-providers", "resourcepolicy", "runtimes", "tags"})

DOCUMENTED: Final = "documented"
OBSERVED: Final = "observed by users"
TEXTS_ASSUMED: Final = "documented; texts of errors assumed"


@dataclass(frozen=True, slots=True)
class OperationRow:
    """One operation: how far it is emulated, from what that is known, where it ends.

    Every member of the model's input stands in `effective` (it changes what happens) or in `kept` (it is checked, kept
    and given back where the model gives it back, and changes nothing).
    """

    name: str
    extent: Extent
    established: str
    limits: str = ""
    effective: str = ""
    kept: str = ""
    in_model: bool = True


@dataclass(frozen=True, slots=True)
class BehaviourRow:
    """Something that more than one operation shows."""

    name: str
    established: str
    limits: str = ""


_TRACE = "traceId traceParent traceState baggage"
_CONFIGURED = (
    "agentRuntimeArtifact authorizerConfiguration clientToken description environmentVariables "
    "lifecycleConfiguration protocolConfiguration requestHeaderConfiguration"
)
_KEPT = (
    "allowedPorts capacityProviderConfiguration filesystemConfigurations hooksConfiguration networkConfiguration "
    "platformVersion resourceConfigurations roleArn"
)
_NOT_BUILT = (
    "no image or code is fetched, started or checked: the agent comes from [bindings]; roles and ECR access too"
)

DATA_PLANE_ROWS: Final = (
    OperationRow(
        "InvokeAgentRuntime",
        "yes",
        "documented; error texts in part observed by users, in part assumed",
        "runtimeUserId is checked for its length and not exchanged for a workload token; a session's endpoint URL is "
        "never returned",
        f"accept accountId agentRuntimeArn contentType mcpMethod mcpName mcpProtocolVersion mcpSessionId payload "
        f"qualifier runtimeSessionId {_TRACE}",
        "runtimeUserId",
    ),
    OperationRow(
        "InvokeAgentRuntimeCommand",
        "yes",
        "documented; that an unknown session begins is observed by users; a slow client's treatment is assumed",
        "runs with the rights of the emulator's user, no sandbox; live agents with a process of this emulator only",
        f"accountId agentRuntimeArn body qualifier runtimeSessionId {_TRACE}",
        "accept contentType",
    ),
    OperationRow(
        "StopRuntimeSession",
        "yes",
        "documented; that a repeat with the same clientToken answers 200 is assumed",
        "",
        "agentRuntimeArn clientToken qualifier runtimeSessionId",
    ),
    OperationRow(
        "GetAgentCard",
        "yes",
        "documented; the answer to a card that is not JSON is assumed",
        "",
        "agentRuntimeArn qualifier runtimeSessionId",
    ),
    OperationRow("DeleteCapacityProviderSession", "no", DOCUMENTED, "the Instances compute type is not emulated"),
    OperationRow(
        "GetRuntimeProtectedResourceMetadata",
        "yes",
        "documented; the fields of the body are those of RFC 9728, which of them the service sends is assumed",
        in_model=False,
    ),
    OperationRow(
        "InvokeAgentRuntimeWithWebSocketStream",
        "yes",
        "documented and observed by users; which close code a hang-up is answered with is assumed",
        in_model=False,
    ),
    OperationRow(
        "InvokeAgentRuntimeCommandShell",
        "yes",
        "the agent SDK's own client and AWS's quotas: documented; what is replayed on reconnecting is assumed",
        "a shell of the emulator's user, no sandbox; live agents with a process of this emulator only",
        in_model=False,
    ),
    OperationRow(
        "InvokeAgentRuntimeProxy", "no", DOCUMENTED, "session endpoints have no emulated host", in_model=False
    ),
)

CONTROL_PLANE_ROWS: Final = (
    OperationRow(
        "CreateAgentRuntime",
        "yes",
        "documented; texts of errors, the default network mode and the workload identity's ARN are assumed",
        _NOT_BUILT,
        f"agentRuntimeName tags {_CONFIGURED}",
        _KEPT,
    ),
    OperationRow(
        "GetAgentRuntime",
        "yes",
        "documented; that metadataConfiguration is true when never given is assumed",
        "failureReason never: nothing fails to be created",
        "agentRuntimeId agentRuntimeVersion",
    ),
    OperationRow(
        "UpdateAgentRuntime",
        "yes",
        "full replacement: documented and observed by users; texts of errors are assumed",
        _NOT_BUILT,
        f"agentRuntimeId metadataConfiguration {_CONFIGURED}",
        _KEPT,
    ),
    OperationRow(
        "DeleteAgentRuntime",
        "yes",
        "documented; the refusal of a version that an endpoint serves is assumed",
        "its sessions end at once (assumed)",
        "agentRuntimeId agentRuntimeVersion clientToken",
    ),
    OperationRow(
        "ListAgentRuntimes", "yes", "documented; order and default page size are assumed", "", "maxResults nextToken"
    ),
    OperationRow(
        "ListAgentRuntimeVersions",
        "yes",
        "documented; order and default page size are assumed",
        "",
        "agentRuntimeId maxResults nextToken",
    ),
    OperationRow(
        "CreateAgentRuntimeEndpoint",
        "yes",
        TEXTS_ASSUMED,
        "",
        "agentRuntimeId agentRuntimeVersion clientToken description name tags",
    ),
    OperationRow("GetAgentRuntimeEndpoint", "yes", TEXTS_ASSUMED, "", "agentRuntimeId endpointName"),
    OperationRow(
        "UpdateAgentRuntimeEndpoint",
        "yes",
        "documented; that DEFAULT is refused, and that what is left out stays, are assumed",
        "",
        "agentRuntimeId agentRuntimeVersion clientToken description endpointName",
    ),
    OperationRow(
        "DeleteAgentRuntimeEndpoint",
        "yes",
        "documented; that DEFAULT is refused is assumed",
        "",
        "agentRuntimeId clientToken endpointName",
    ),
    OperationRow(
        "ListAgentRuntimeEndpoints",
        "yes",
        "documented; the error for an unknown runtime is not in its model and assumed",
        "",
        "agentRuntimeId maxResults nextToken",
    ),
    OperationRow(
        "TagResource", "partly", TEXTS_ASSUMED, "ARNs of runtimes and their endpoints only", "resourceArn tags"
    ),
    OperationRow(
        "UntagResource", "partly", TEXTS_ASSUMED, "ARNs of runtimes and their endpoints only", "resourceArn tagKeys"
    ),
    OperationRow(
        "ListTagsForResource", "partly", TEXTS_ASSUMED, "ARNs of runtimes and their endpoints only", "resourceArn"
    ),
    OperationRow(
        "PutResourcePolicy",
        "partly",
        TEXTS_ASSUMED,
        "kept, not enforced; must be a JSON object; runtimes and endpoints only",
        "resourceArn",
        "policy",
    ),
    OperationRow(
        "GetResourcePolicy", "partly", "documented; 404 when there is none is assumed", "as put", "resourceArn"
    ),
    OperationRow("DeleteResourcePolicy", "partly", TEXTS_ASSUMED, "as put", "resourceArn"),
    OperationRow("CreateCapacityProvider", "no", DOCUMENTED),
    OperationRow("DeleteCapacityProvider", "no", DOCUMENTED),
    OperationRow("GetCapacityProvider", "no", DOCUMENTED),
    OperationRow("ListCapacityProviders", "no", DOCUMENTED),
    OperationRow("ListAgentRuntimeVersionsByCapacityProvider", "no", DOCUMENTED),
    OperationRow("UpdateCapacityProvider", "no", DOCUMENTED),
)

BEHAVIOUR_ROWS: Final = (
    BehaviourRow(
        "Constraints of members",
        "the installed service model; texts observed by users for strings, assumed for unions and wrong types",
        "strings without a limit of their own: 16384 characters, lists and maps: 1000 entries",
    ),
    BehaviourRow(
        "Status of runtimes and endpoints",
        "documented; how long CREATING, UPDATING and DELETING last is a setting (`--transition-s`)",
        "no *_FAILED status ever",
    ),
    BehaviourRow(
        "Idempotency by clientToken", "documented; the refusal of other parameters is assumed", "latest 10000"
    ),
    BehaviourRow(
        "Header allow-list", "documented: 1 to 20 names, no duplicates, restricted names refused; texts assumed"
    ),
    BehaviourRow("Life-cycle settings", "documented, with both defaults and the rule for a short maxLifetime alone"),
    BehaviourRow("MMDSv2", "documented: a version with requireMMDSV2 false is not invoked", "no metadata service"),
    BehaviourRow(
        "Signatures of callers (SigV4)",
        "documented: 403 without one, one kind of authorization for each runtime; the text of a wrong kind observed, "
        "the other texts and the five minutes between clocks assumed",
        "by default form alone; keys are known in strict mode (`--auth strict`); UNSIGNED-PAYLOAD is accepted; "
        "IAM, roles and resource policies are not evaluated",
    ),
    BehaviourRow(
        "Presigned requests",
        "documented for WebSocket, at most 300 s; 403 after that is assumed, and that other operations take them",
        "they expire by the emulator's clock, as signatures and tokens do: an advance ages what came before it",
    ),
    BehaviourRow(
        "Tokens of callers (JWT authorizer)",
        "documented: 401 with a challenge, checks of issuer, audience, clients, scopes, claims and age; texts for "
        "client_id and aud observed by users, the others assumed",
        "no private endpoints, no certificates of one's own, no workload identities",
    ),
    BehaviourRow(
        "Quotas of the control plane",
        "documented: 1000 runtimes, 1000 versions, 10 endpoints; texts, and that DEFAULT counts, are assumed",
        "no rate limits on the control plane",
    ),
    BehaviourRow(
        "Sessions: life cycle",
        "documented: idle timeout, maxLifetime, revival on fresh compute, 409 while starting or stopping, a running "
        "session keeps its version; that qualifiers keep their sessions apart, and that deleting a runtime or an "
        "endpoint ends its sessions, is assumed",
        "an ending takes about a second, not up to 15",
    ),
    BehaviourRow(
        "Sessions: health checks",
        "documented: HealthyBusy, time_of_last_update and its trap; every 2 s observed by users; that three failures "
        "in a row stop a session, and that 2 s without an answer are one unless an invocation is open, is assumed",
        "MCP agents and attached ones are not stopped for them",
    ),
    BehaviourRow(
        "Sessions: isolation",
        "documented: a microVM for each session; here a process with its own folder, environment and limits",
        "no sandbox: an agent runs with your rights and sees your files; a child that leaves its process group "
        "outlives its session",
    ),
    BehaviourRow(
        "Sessions: environment",
        "observed in the SDK: cloud.resource_id in OTEL_RESOURCE_ATTRIBUTES; the rest of the variables is assumed",
        "no metadata service and no credentials; PYTHON* and LD_* of a runtime come too late for its interpreter",
    ),
    BehaviourRow(
        "Cold start",
        "1 to 3 s observed by users; the shapes that --cold-start offers are assumed",
        "hidden by processes that stand ready, unless it is asked for",
    ),
    BehaviourRow(
        "Errors by protocol (HTTP, MCP, A2A, AG-UI)",
        "A2A and AG-UI codes with their statuses, -32003 with 200 on MCP: documented; -32010 on MCP: observed by "
        "users; its status 200, every other MCP code, the A2A id null, AG-UI's RESOURCE_NOT_FOUND, and "
        "x-amzn-ErrorType beside these bodies: assumed",
        "401 and 403 are plain HTTP on MCP and A2A; only InvokeAgentRuntime speaks the runtime's protocol",
    ),
    BehaviourRow(
        "MCP sessions",
        "documented: one header, made when absent, always returned, the same process each time; that `initialize` "
        "alone reaches the agent without it, so that an agent can choose, is assumed",
        "the latest 10000 ids that agents chose; GET and DELETE of streamable HTTP are not in AWS's model: 404",
    ),
    BehaviourRow(
        "Headers of an invocation",
        "documented: which reach the agent; assumed: the answer to a listed value above 4 KB, that trace headers are "
        "repeated in the answer unless the agent's own are in it, that the user id stays outside",
        "no trace id is made up; no WorkloadAccessToken and no OAuth2CallbackUrl are added",
    ),
    BehaviourRow(
        "Payloads and answers",
        "100,000,000 bytes of payload: documented; the text of the refusal is assumed",
        "an answer of more than 100 MB, or a chunk of it above 10 MB, passes",
    ),
    BehaviourRow(
        "Time limits of an invocation",
        "15 minutes until an answer begins, 60 for an event stream: documented; that an answer of any other type has "
        "15 minutes in all, 424 with status 504 before it begins, a broken connection afterwards: assumed",
        "part of the quotas; by the emulator's clock",
    ),
    BehaviourRow(
        "Commands",
        "events, statuses and limits: documented; assumed: exit code -1 at a timeout, 128 plus the number of a signal, "
        "serviceQuotaExceededException after 100 MB, that the client's leaving or the session's end ends the command",
        "what a command leaves running in its process group ends with it; --no-commands refuses all with 403",
    ),
    BehaviourRow(
        "Quotas of the data plane",
        "documented; bursts, the text of a refusal, and what ends a call at its time limit are assumed",
    ),
    BehaviourRow(
        "WebSocket: limits",
        "documented: 64 KB for a frame in both directions, 250 frames a second, 60 minutes; reasons of 1009 and of the "
        "60 minutes observed by users; that only the client's frames are counted, and by the emulator's clock, is "
        "assumed",
        "no compression, neither towards clients nor towards agents",
    ),
    BehaviourRow(
        "WebSocket: frames and closing",
        "documented: codes and reasons pass, any frame begins idle time anew, a socket is no work; assumed: pings "
        "are left to the ends, 1011 for an agent that is lost or does not accept (403 in its handshake), 1001 when the "
        "session ends, a dropped connection at the agent when the client hangs up",
        "another status of the agent in its handshake is 424 before the upgrade",
    ),
    BehaviourRow(
        "WebSocket: headers",
        "documented: session id and headers of the custom prefix as header or query parameter, the bearer subprotocol; "
        "that a custom header needs no entry in the allow-list on a socket, and wins over the query, is assumed",
        "web pages of other origins than loopback are refused with 403 unless their token was verified; AWS takes any",
    ),
    BehaviourRow(
        "Shells: channels, reconnecting, taking over",
        "observed in the SDK's client: framing, statuses, 4000; documented: 256 KB, 10 shells; 402 for the eleventh, "
        "1003 for text messages, and 15 minutes to come back counted from the client's end, are assumed",
        "bash without start-up files; programs are ended with the shell also when they ignore signals (Linux)",
    ),
)
