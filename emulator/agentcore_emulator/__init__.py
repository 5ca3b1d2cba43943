"""Amazon Bedrock AgentCore, offline: runtimes, sessions and streams on a loopback port."""
