"""What Lambda calls, a module for each function: how its use case is put together, under a name that stays.

The functions' own code, ``functions/<job>/app.py``, takes the handler from here and does nothing else. So it is the
same from version to version, and an upgrade changes the layer alone, in one call. What stays within a major version:
the name of each module, and ``handler`` in it.
"""

from twilio_connector import start

# Before any other module is imported.
start.lighten(__name__)
