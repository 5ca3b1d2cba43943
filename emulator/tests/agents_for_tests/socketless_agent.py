"""An app of the AgentCore SDK without a WebSocket handler."""

from bedrock_agentcore import BedrockAgentCoreApp

app = BedrockAgentCoreApp()
