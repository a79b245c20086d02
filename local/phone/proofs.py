"""The buttons: each breaks one thing on purpose and checks whether the promise holds."""

from collections.abc import Sequence

from local.phone.desk import PROOF_CUSTOMER
from local.phone.prover import AT_LAST_SECONDS, SOON_SECONDS, Proof, Prover, Say, expect
from local.twilio_sandbox import Fault
from local.twilio_sandbox.faults import InjectedFault

# Longer than the connector waits for Twilio.
HANG_SECONDS = 25.0


def lose(prover: Prover, say: Say) -> str:
    """Loses the callbacks of a text."""
    send = prover.disturbed("lost", prover.fresh("Did you get this?"), "delivered")
    say("Twilio delivered the text, and its callbacks were lost.")
    expect(f"{send.sid}:delivered" not in prover.published(), "a callback arrived that should have been lost")
    return "One status is missing on the bus: see the counter. “Reconcile now” publishes it."


def twice(prover: Prover, say: Say) -> str:
    """Has the callbacks of a text delivered twice."""
    send = prover.disturbed("doubled", prover.fresh("Delivered twice"), "delivered")
    say("Twilio reported each status twice.")
    event_id = f"{send.sid}:delivered"
    both = prover.desk.board.wait_until(lambda: prover.published().count(event_id) >= 2, SOON_SECONDS)
    expect(both, "the bus did not get the event twice")
    return "The bus has two events with the same id. A consumer that deduplicates by id counts one."


def reorder(prover: Prover, say: Say) -> str:
    """Has the callbacks of a text overtake each other."""
    send = prover.disturbed("reordered", prover.fresh("Out of order"), "delivered")
    say("Twilio reported “delivered” before “sent”.")
    for status in ("delivered", "sent"):
        prover.bus_bears(f"{send.sid}:{status}")
    ids = prover.published()
    expect(ids.index(f"{send.sid}:delivered") < ids.index(f"{send.sid}:sent"), "the events arrived in order")
    return "The bubble shows “delivered”, because that has the higher statusRank."


def refused(prover: Prover, say: Say) -> str:
    """Lets Twilio answer 500 to a request that it does not carry out."""
    send = prover.under_fault(say, "500 before", lambda body: Fault.ServerError(body=body))
    expect(send.error.startswith("OutcomeUnknownError"), f"the caller got: {send.error or send.sid}")
    send = prover.repeated(say, send)
    return prover.one_text(send.body)


def accepted(prover: Prover, say: Say) -> str:
    """Lets Twilio answer 500 to a request that it has carried out."""
    send = prover.under_fault(say, "500 after", lambda body: Fault.ServerError(body=body, accepted=True))
    send = send if send.sid else prover.repeated(say, send)
    say("The connector found the text in the account's list and did not send it again.")
    return prover.one_text(send.body)


def hang(prover: Prover, say: Say) -> str:
    """Lets Twilio carry a request out without an answer."""

    def silence(body: str) -> InjectedFault:
        return Fault.Hang(body=body, seconds=HANG_SECONDS, accepted=True)

    send = prover.under_fault(say, "No answer", silence)
    send = send if send.sid else prover.repeated(say, send)
    say("The connector found the text in the account's list and did not send it again.")
    return prover.one_text(send.body)


def bus_down(prover: Prover, say: Say) -> str:
    """Makes the bus refuse events while a customer texts and the account answers through the send queue."""
    with prover.alone:
        with prover.desk.stack.bus_down():
            answers = len(prover.twilio.callbacks)
            sid = prover.desk.receive(PROOF_CUSTOMER, prover.fresh("Is anybody there?"))
            send, _ = prover.desk.send(PROOF_CUSTOMER, prover.fresh("Said all the same"), "queue")

            def answered() -> list[int | None]:
                new = prover.twilio.callbacks[answers:]
                return [callback.status for callback in new if callback.params.get("MessageSid") == sid]

            def sent() -> bool:
                return any(message.body == send.body for message in prover.twilio.messages)

            expect(prover.desk.board.wait_until(answered, SOON_SECONDS), "the webhook did not answer")
            expect(answered()[0] == 200, f"the webhook answered {answered()[0]}")
            expect(prover.desk.board.wait_until(sent, SOON_SECONDS), "the send queue sent nothing")
            expect(not {sid, send.key} & set(prover.published()), "the bus got an event")
        say("The webhook answered 200, and the queue sent its text. Both events wait in a queue. The bus is back.")
    for event_id in (sid, send.key):
        prover.bus_bears(event_id, AT_LAST_SECONDS)
    return "Both events are on the bus, with the ids that they would have had."


def kill(prover: Prover, say: Say) -> str:
    """Kills the function after Twilio has the text and before the function can save that."""
    body = prover.fresh("Killed in the middle")
    prover.twilio.inject(Fault.Hang(body=body, seconds=HANG_SECONDS, accepted=True), match="POST /Messages")
    send, done = prover.desk.send(PROOF_CUSTOMER, body)
    taken = prover.desk.board.wait_until(
        lambda: any(message.body == body for message in prover.twilio.messages), SOON_SECONDS
    )
    expect(taken, "Twilio did not get the text")
    prover.desk.stack.kill(send)
    say("Twilio accepted the text. The process of send_sms was killed before it saved that.")
    done.result()
    now = prover.desk.board.send_of(send.number)
    expect(now.error, "the process was not killed")
    prover.repeated(say, now)
    return prover.one_text(body)


def forge(prover: Prover, say: Say) -> str:
    """Posts a webhook with an invalid signature."""
    before = set(prover.published())
    status = prover.desk.stack.forge()
    expect(status == 403, f"the webhook answered {status}")
    expect("SM" + "0" * 32 not in set(prover.published()) - before, "the bus got an event of it")
    return "The webhook answered 403 and published nothing."


def reconcile(prover: Prover, say: Say) -> str:
    """Runs one pass of reconciliation."""
    count = prover.desk.stack.reconcile()
    return f"Reconciliation published {count} status(es), with the ids that their callbacks would have had."


PROOFS: Sequence[Proof] = (
    Proof("lose", "Lose the next callback", "Reconciliation finds a status whose callback was lost.", lose),
    Proof("twice", "Deliver it twice", "A callback that arrives twice is two events with one id.", twice),
    Proof("reorder", "Deliver it out of order", "A consumer finds the newest status by its statusRank.", reorder),
    Proof(
        "refused",
        "Twilio: 500 before accepting",
        "The connector reports that the outcome is unknown. A repeat with the same key sends one text.",
        refused,
    ),
    Proof(
        "accepted",
        "Twilio: 500 after accepting",
        "The connector finds the text that Twilio accepted, and does not send another.",
        accepted,
    ),
    Proof(
        "hang",
        "Twilio: no answer",
        "When no answer comes, the connector looks for the text instead of sending it again.",
        hang,
    ),
    Proof("bus", "Take the bus down", "Events that the bus refuses wait in a queue and are published later.", bus_down),
    Proof("kill", "Kill the function", "A send whose function is killed does not become two texts.", kill),
    Proof("forge", "Forge a webhook", "The webhook refuses a request that Twilio did not sign.", forge),
    Proof("reconcile", "Reconcile now", "Reconciliation publishes the statuses that no callback brought.", reconcile),
)
