"""Whatever URL raw_request gets: it refuses it, or connects to Twilio over https, or to the connection's own origin.

Observed where urllib3 opens connections: nothing is parsed here a second time.
"""

import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from tests.support.hostile_urls import DISGUISES, DOTS, HOSTS, LOOK_ALIKES, PORTS, SCHEMES, SLASHES
from tests.support.raw_caller import caller
from tests.support.raw_network import resolving
from twilio_connector.errors import InvalidInputError, TwilioUnavailableError
from twilio_connector.raw_request.url import PRODUCTS
from twilio_connector.twilio import transport

ORIGINS = {
    "https://api.twilio.com": ("https", "api.twilio.com", 443),
    "https://api.dublin.ie1.twilio.com": ("https", "api.dublin.ie1.twilio.com", 443),
    "http://127.0.0.1:4010": ("http", "127.0.0.1", 4010),
}
# Where a product is asked by a connection of each origin: nowhere but in its own region.
PLACES = {"https://api.dublin.ie1.twilio.com": ".dublin.ie1.twilio.com"}
BEGINNINGS = ["/Accounts", "https://api.twilio.com/x", "HTTPS://Lookups.Twilio.com/v2", "http://127.0.0.1:4010/x"]

pieces = st.sampled_from(
    ["://", "//", "@", ":", "?", "#", ";", "%", "%25", "$TWILIO_ACCOUNT_SID", "2010-04-01", "api.twilio.com", "x", "\n"]
    + [f"{scheme}:" for scheme in SCHEMES]
    + [*PORTS, *DOTS, *SLASHES, *HOSTS, *LOOK_ALIKES]
)
# What may pass more often than not: paths and queries that look like hosts.
plain = st.lists(
    st.sampled_from(["/", "/x", ".json", "?", "a=b", "%20", "@evil.example", ":80", "?//", "..x"]), max_size=5
)
texts = st.lists(st.one_of(pieces, st.text(max_size=3)), max_size=8).map("".join)
urls = st.one_of(
    st.text(),
    texts,
    st.builds(str.__add__, st.sampled_from(BEGINNINGS), texts),
    st.builds(str.__add__, st.sampled_from(BEGINNINGS), plain.map("".join)),
    st.builds(str.format, st.sampled_from(DISGUISES), st.sampled_from([*HOSTS, *LOOK_ALIKES])),
)


@pytest.mark.parametrize("examples", [1_000, pytest.param(10_000, marks=pytest.mark.endurance)])
def test_the_host_contacted_is_one_of_twilios_or_the_connections_own(examples: int) -> None:
    @settings(max_examples=examples, deadline=None)
    @given(urls, st.sampled_from([*ORIGINS]))
    @example("https://messaging.twilio.com/v1/Services", "https://api.twilio.com")
    @example("https://messaging.twilio.com/v1/Services", "https://api.dublin.ie1.twilio.com")
    @example("https://lookups.dublin.ie1.twilio.com/v2", "https://api.dublin.ie1.twilio.com")
    @example("http://127.0.0.1:4010/x", "http://127.0.0.1:4010")
    @example("https://api.twilio.com/x?y=//@evil.example", "http://127.0.0.1:4010")
    def holds(url: str, own: str) -> None:
        with resolving(None, trusts_anew=False) as names:
            try:
                caller(own)(url=url)
            except InvalidInputError:
                event("refused")
                assert names.asked == []
                return
            except TwilioUnavailableError:
                event("passed")
            pools = transport.pool().pools.keys()
        contacted = {(key.key_scheme, key.key_host, key.key_port) for key in pools}
        assert len(contacted) == 1
        place = PLACES.get(own, ".twilio.com")
        assert contacted <= {ORIGINS[own], *(("https", product + place, 443) for product in PRODUCTS)}
        assert set(names.asked) == {(host, port) for _, host, port in contacted}

    holds()
