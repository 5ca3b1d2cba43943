"""An agent that ends while it starts, as one with a missing import does. Deploy it as runtime `broken`."""

from bedrock_agentcore import BedrockAgentCoreApp

app = BedrockAgentCoreApp()

raise RuntimeError("the broken agent ends while it starts: that is what it is for")
