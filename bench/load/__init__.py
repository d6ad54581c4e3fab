"""How much the assistant bears, beside stock Rasa: the conversations of tests/conversations/ over HTTP."""
