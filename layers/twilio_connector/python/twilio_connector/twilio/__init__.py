"""Twilio's REST API: requests with retries that are safe, answers and their errors, and its Message resource.

Start with :mod:`.client`; below it :mod:`.retries` decides what is repeated, and :mod:`.transport` makes the attempts.
"""
