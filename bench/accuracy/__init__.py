"""How well the watch judges messages that its patterns' authors did not write: `make accuracy` → docs/accuracy.md."""
