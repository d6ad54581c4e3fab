"""What we conclude: plain Python over `knowledge/`; knows nothing of Rasa, channels or spaCy."""
