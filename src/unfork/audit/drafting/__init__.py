"""The drafted migration: steps for what is proved, questions for what a person has to decide."""
