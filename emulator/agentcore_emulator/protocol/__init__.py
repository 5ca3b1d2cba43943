"""The protocol layer: botocore's service models turned into routes, checks and documents."""
