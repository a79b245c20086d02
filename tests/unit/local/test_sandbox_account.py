"""The credentials of the sandbox's account, while they are rotated as Twilio lets one rotate them."""

import random

import pytest

from local.twilio_sandbox.account import Account
from local.twilio_sandbox.errors import TwilioError


@pytest.fixture
def account() -> Account:
    return Account.generate(random.Random(1))


def is_accepted(account: Account, user: str, password: str) -> bool:
    try:
        account.authenticate(user, password)
    except TwilioError as exc:
        assert exc.status == 401
        return False
    return True


def test_a_secondary_token_authenticates_beside_the_first_and_then_replaces_it(account: Account) -> None:
    first, second = account.auth_token, account.create_secondary_token()
    assert [is_accepted(account, account.sid, token) for token in (first, second, "third")] == [True, True, False]
    assert account.auth_token == first
    account.promote_secondary_token()
    assert [is_accepted(account, account.sid, token) for token in (first, second)] == [False, True]
    assert account.auth_token == second
    with pytest.raises(ValueError, match="secondary"):
        account.promote_secondary_token()


def test_of_several_api_keys_each_can_be_deleted(account: Account) -> None:
    first, second = (account.api_key_sid, account.api_key_secret), account.create_key()
    assert [is_accepted(account, *key) for key in (first, second, (first[0], second[1]))] == [True, True, False]
    account.delete_key(first[0])
    assert [is_accepted(account, *key) for key in (first, second)] == [False, True]
    third = account.create_key()
    account.delete_key(third[0])
    assert [is_accepted(account, *key) for key in (second, third)] == [True, False]
