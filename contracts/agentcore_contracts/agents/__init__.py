"""Agents that a target deploys for the suites: each a single file that needs nothing but bedrock-agentcore."""
