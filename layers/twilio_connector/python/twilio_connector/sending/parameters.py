"""Every parameter of Twilio's message creation: the input that it is, and what a list then shows of the message.

Where an answer was lost, the message is looked for by recipient, sender and text. Twilio lists some messages otherwise
than they were asked for: a send with a parameter that makes it do so cannot be recognised. What no source settles
counts as one of these, since a message that is taken for another's is worse than one that is not found.
https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource
"""

from typing import NamedTuple

from twilio_connector.twilio.api import Parameters

# The prefix of each text of a trial account.
TRIAL_PREFIX = "Sent from your Twilio trial account - "


class Parameter(NamedTuple):
    """One that is the input *name*; *shown* says what a list then shows of the message.

    *hides* holds the values with which the message cannot be recognised; ``ANY`` means all.
    """

    name: str
    shown: str
    hides: frozenset[str] = frozenset()


ANY = frozenset({"*"})
TRUE = frozenset({"true"})

PARAMETERS = {
    "To": Parameter("to", "the recipient"),
    "From": Parameter("from", "the sender"),
    "MessagingServiceSid": Parameter("messagingServiceSid", "the service, whatever sender it chose"),
    "Body": Parameter("message", "the text, after a trial account's prefix; without it nothing can be recognised"),
    "MediaUrl": Parameter("mediaUrl", "how many there are"),
    "ContentSid": Parameter("contentSid", "the template's text, which the connector does not know", ANY),
    "ContentVariables": Parameter("contentVariables", "as the template", ANY),
    "StatusCallback": Parameter("statusCallback", "nothing"),
    "ValidityPeriod": Parameter("validityPeriod", "nothing"),
    "SendAt": Parameter("sendAt", "no date before it is sent, which the search does not ask for"),
    "ApplicationSid": Parameter("applicationSid", "nothing"),
    "ProvideFeedback": Parameter("provideFeedback", "nothing"),
    "Attempt": Parameter("attempt", "nothing"),
    "ContentRetention": Parameter("contentRetention", "no text, if discarded", frozenset({"discard"})),
    "AddressRetention": Parameter("addressRetention", "no whole number, if obfuscated", frozenset({"obfuscate"})),
    "SmartEncoded": Parameter("smartEncoded", "a text with other characters", TRUE),
    "PersistentAction": Parameter("persistentAction", "what the channel makes of it", ANY),
    "TrafficType": Parameter("trafficType", "nothing"),
    "ShortenUrls": Parameter("shortenUrls", "a text with other links", TRUE),
    "SendAsMms": Parameter("sendAsMms", "perhaps the text as media", TRUE),
    "MessageIntent": Parameter("messageIntent", "nothing"),
    "RiskCheck": Parameter("riskCheck", "nothing"),
    "FallbackFrom": Parameter("fallbackFrom", "addresses of either channel", ANY),
    "Tags": Parameter("tags", "nothing"),
}
# Those that are not inputs, and why.
NOT_INPUTS = {
    "ScheduleType": "it has one value, fixed, and sendAt sets it",
    "MaxPrice": "obsolete: without effect since 2024-06-03",
    "ForceDelivery": "reserved by Twilio",
}


def recognisable_text(parameters: Parameters) -> str | None:
    """The text by which a list shows a message with *parameters*; None where it cannot be recognised.

    It is the same for all texts that a list may show alike: without a trial account's prefix.
    """
    if any(_hides(name, value) for name, value in parameters):
        return None
    text = dict(parameters).get("Body")
    return None if text is None else plain(text)


def plain(text: str) -> str:
    """*text* without the prefix that a trial account's messages get."""
    return text.removeprefix(TRIAL_PREFIX)


def _hides(name: str, value: str) -> bool:
    hides = PARAMETERS[name].hides if name in PARAMETERS else frozenset()
    return hides == ANY or value in hides
