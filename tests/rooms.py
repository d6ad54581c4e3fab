"""The rooms of the house, the innermost first (README.md has the map)."""

ROOMS = ("reasoning", "understanding", "actions", "serving", "channels")
