"""What is said in each flow of the talk: a turn in, the new case and the messages out. Rasa's actions call these."""
