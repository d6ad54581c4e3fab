"""How people are read: Rasa components, the sentence encoder, and the watch for danger signs."""
