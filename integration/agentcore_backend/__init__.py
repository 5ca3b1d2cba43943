"""The reference backend: chats with AgentCore agents, behind Cognito, stored in DynamoDB, answers streamed as SSE."""
