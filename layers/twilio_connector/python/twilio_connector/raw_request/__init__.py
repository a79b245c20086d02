"""The action raw_request: any HTTP request to Twilio's API, with the credentials of a connection.

Start with :mod:`.request`; each of its inputs is read in the module of that name.
"""
