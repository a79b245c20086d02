"""The time of a poll, in seconds: :mod:`..listing.budget`, and how far it looks back."""

# What the app.py of version 1.0 takes from here during an upgrade.
from twilio_connector.listing.budget import QUIET_SECONDS as QUIET_SECONDS
from twilio_connector.listing.budget import STATE_RESERVE_SECONDS as STATE_RESERVE_SECONDS

# Twilio refuses filters older than 400 days (20004), so this is as far as a poll can look back.
LOOK_BACK_SECONDS = 400 * 24 * 3600 - 300
