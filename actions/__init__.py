"""How we answer: one module a flow. Slots in, `reasoning` decides, messages out; no words of their own."""
