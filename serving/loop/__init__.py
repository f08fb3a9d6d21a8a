"""The loop of a screening list: who was asked, what they said, what the test showed, until it is closed."""
