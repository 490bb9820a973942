"""Ways in. They translate a request into a call of the use cases and the answer into a response."""
