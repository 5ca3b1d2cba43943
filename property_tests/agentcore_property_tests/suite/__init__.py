"""The property suite: what holds for every input, run against a target by `agentcore_contracts.suite_plugin`."""
