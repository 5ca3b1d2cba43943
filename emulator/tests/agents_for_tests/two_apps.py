"""A file with two apps: which one is meant has to be said."""

from bedrock_agentcore import BedrockAgentCoreApp

first = BedrockAgentCoreApp()
second = BedrockAgentCoreApp()
