"""How it stays up: the way of a message, the gate before the answer, the actions in this process, the server."""
