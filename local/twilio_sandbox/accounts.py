"""The main account and its subaccounts, and who may act on which of them.

Vendor page: https://www.twilio.com/docs/iam/api/subaccounts
"""

from __future__ import annotations

from local.twilio_sandbox.account import Account, CredentialKind
from local.twilio_sandbox.errors import not_found, unauthenticated
from local.twilio_sandbox.messaging import Messaging


class Accounts:
    """The accounts, each with its messages; the main one comes first."""

    def __init__(self, main: Messaging) -> None:
        self.main = main
        self.subaccounts: list[Messaging] = []

    def all(self) -> list[Messaging]:
        """Return every account."""
        return [self.main, *self.subaccounts]

    def find(self, sid: str) -> Messaging:
        """Return the account of a SID; 404 if there is none."""
        # Compared each time, because a test may give the account another SID.
        found = next((each for each in self.all() if each.account.sid == sid), None)
        if found is None:
            raise not_found(f"/Accounts/{sid}")
        return found

    def authenticate(self, user: str | None, password: str | None) -> tuple[Messaging, CredentialKind]:
        """Return whose credential this is, and which, or raise the 401 of `unauthenticated`."""
        caller = next((each for each in self.all() if each.account.knows(user)), self.main)
        return caller, caller.account.authenticate(user, password)

    def reached(self, caller: Messaging, kind: CredentialKind, sid: str | None) -> Messaging:
        """Return the account that a request is for: the caller's own, or with the main auth token a subaccount.

        Raises:
            TwilioError: 404 for an account that does not exist, 401 for one that is closed to this credential.
        """
        if sid is None:
            return caller
        wanted = self.find(sid)
        if wanted is caller or (caller is self.main and kind == "auth token"):
            return wanted
        raise unauthenticated()

    def visible_to(self, caller: Messaging) -> list[Account]:
        """Return the accounts that the caller may read."""
        return [each.account for each in (self.all() if caller is self.main else [caller])]
