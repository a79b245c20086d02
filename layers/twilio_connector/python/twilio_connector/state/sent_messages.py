"""Which messages the stack has sent: what a send leaves in the state table for others, by the message's SID.

================================  ==========  =====================================================================
pk                                sk          holds
================================  ==========  =====================================================================
``send#<account>#sid#<SID>``      message     *holder*, which is the business of sends; *callback*: 1 where Twilio was
                                              asked to report the message's status to this stack's webhook
================================  ==========  =====================================================================
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    Item = dict[str, AttributeValueTypeDef]


def sent_message_key(account_sid: str, sid: str) -> "Item":
    """The key of the message *sid* of an account, once it is known which send it belongs to."""
    return {"pk": {"S": f"send#{account_sid}#sid#{sid}"}, "sk": {"S": "message"}}


def calls_back(item: "Item") -> bool:
    """Whether Twilio was asked to report the status of the message of *item* to this stack's webhook."""
    return item.get("callback") == {"N": "1"}
