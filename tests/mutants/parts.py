"""Which modules of the layer are changed, and which tests have to notice.

The tests are the quick ones, because they run for each of thousands of changes. Left out are tests of a second and
more, models at depth, and tests that need a process of their own.
"""

from dataclasses import dataclass

from local.sam import PROJECT_ROOT

SOURCES = PROJECT_ROOT / "layers/twilio_connector/python"
PACKAGE = "twilio_connector"


@dataclass(frozen=True)
class Part:
    """*modules* of the package, and the *tests* that check them, as pytest's arguments."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]
    without: tuple[str, ...] = ()


PARTS = {
    "webhook": Part(
        ("webhook/signature.py", "webhook/candidate_urls.py", "webhook/query_spellings.py"),
        (
            "tests/unit/webhook/test_signature.py",
            "tests/unit/webhook/test_candidate_urls.py",
            "tests/unit/webhook/test_query_spellings.py",
            "tests/unit/webhook/test_front_doors.py",
            "tests/unit/webhook/test_shared_keys.py",
            "tests/unit/webhook/test_causes.py",
        ),
    ),
    "polling": Part(
        (
            "polling/window.py",
            "polling/window_item.py",
            "polling/cursor.py",
            "polling/cursor_item.py",
            "polling/drain.py",
            "polling/flights.py",
            "listing/memory.py",
        ),
        (
            "tests/unit/polling",
            "tests/unit/listing",
            "tests/integration/polling/test_poll_beside.py",
            "tests/integration/polling/test_poll_orders.py",
            "tests/integration/polling/test_poll_windows.py",
        ),
        # They have a Twilio and an AWS around them, or a hundred examples.
        without=tuple(
            f"tests/integration/polling/test_poll_beside.py::{each}"
            for each in (
                "test_no_thread_outlives_a_poll_that_is_done_or_truncated",
                "test_no_thread_outlives_a_poll_that_the_bus_fails_and_what_it_took_meanwhile_is_remembered",
                "test_the_calls_of_a_page_are_made_side_by_side_eight_at_most",
                "test_the_page_that_tells_whether_twilio_lists_so_far_back_is_the_first_one",
                "test_what_is_asked_for_is_known_however_much_is_looked_up_with_it",
            )
        ),
    ),
    "sending": Part(
        (
            "sending/once.py",
            "sending/records.py",
            "sending/items.py",
            "sending/search.py",
            "sending/outcomes.py",
            "sending/table.py",
            "sending/writes.py",
        ),
        (
            "tests/unit/sending",
            "tests/integration/sending/test_send_adoption.py",
            "tests/integration/sending/test_send_table.py",
        ),
    ),
    "twilio": Part(
        ("twilio/retries.py",),
        (
            "tests/unit/twilio",
            "tests/unit/raw_request/test_retries.py",
        ),
    ),
    "redaction": Part(("masking.py",), ("tests/unit/test_masking.py", "tests/unit/test_errors.py")),
    "raw_request": Part(
        ("raw_request/url.py",),
        (
            "tests/unit/raw_request/test_url.py",
            "tests/unit/raw_request/test_creations.py",
        ),
        without=("tests/unit/raw_request/test_creations.py::test_every_operation_of_twilios_own_sdk_has_a_verdict",),
    ),
    "state": Part(
        ("state/table.py", "state/verdicts.py", "state/repeats.py", "state/failures.py"),
        ("tests/unit/state",),
    ),
}
