"""The Twilio connector's shared layer.

Data flows one way: event -> ``handlers`` -> use case -> client or store -> event bus. Modules are
imported one by one (``from twilio_connector.twilio.message import to_message``), so that a function loads only what
its path needs; a package's ``__init__`` says what it holds and where to start reading, and imports nothing.
"""

__version__ = "1.0.0"

# How requests to Twilio and AWS name the connector.
USER_AGENT = f"twilio-connector-aws/{__version__}"
