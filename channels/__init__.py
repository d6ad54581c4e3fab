"""Where messages come in and go out. Channels carry, they never decide."""
