"""The owner's limits of what is sent: to which countries, and how many texts.

Start with :mod:`.admission`: code that creates a message asks it for a place, and gives it back if nothing was sent.
"""
