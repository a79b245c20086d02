"""What `docs/guarantees.md` promises, judged by what the simulated Twilio, bus and queues hold when all is at rest.

Each function is one promise, whose sentence its docstring quotes first; it gives a line for each thing that breaks it.
Of the product's own state, its logs and its metrics nothing is looked at. What callers were told is.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from random import Random

from tests.simulation.bus import Entry
from tests.simulation.callers import Asked
from tests.simulation.messages import SimulatedRow
from tests.simulation.surroundings import Invocation
from tests.simulation.twilio import Request
from tests.simulation.world import HOLD, OVERLAP, World
from tests.support.poll_fakes import PAGE_SIZE
from tests.support.reconcile_fakes import Consumer
from twilio_connector.bus.statuses import STATUS_UPDATED
from twilio_connector.twilio.statuses import RECONCILIATION, WEBHOOK, status_rank

# Clocks of processes are a second away from the true time at most, and dates have whole seconds.
CLOCKS = 3.0
NEW, SENT, FAILED, RECEIVED = "New and Updated Records", "Message Sent", "Message Send Failed", "Message Received"

Violations = Iterator[str]


def every_listed_message_is_published(world: World) -> Violations:
    """Every message that Twilio lists within `PollOverlapSeconds` of its sending is published, in whatever order Twilio
    lists.

    Of those sent after the first poll that succeeded, which sets the starting point.
    """
    first = _first(world, "poll")
    published = {sid for entry in _entries(world, NEW) for sid in _created(entry)}
    for row in world.twilio.rows:
        if first is None or row.gone or row.sent is None or row.sent <= first.over + CLOCKS:
            continue
        if row.surely_listed <= row.sent + OVERLAP - CLOCKS and row.sid not in published:
            yield f"{row.sid[:8]}, sent at {row.sent}, was never published"


def no_message_is_published_twice(world: World) -> Violations:
    """None is published twice, except at most a page after a crash, or a minute without DynamoDB (less at the end of a
    run), between publishing and saving, and except what was in calls of `PutEvents`, or to the undelivered queue, whose
    answers were lost.
    """
    yield from _repeats(world, [(sid, entry) for entry in _entries(world, NEW) for sid in _created(entry)])


def nothing_of_a_poll_goes_on(world: World) -> Violations:
    """When a poll returns or fails, none of its work continues, and no call of `PutEvents` begins in its last 10
    seconds.
    """
    for one in world.functions.invocations:
        if one.left_running:
            yield f"{one.name} has ended, and {one.left_running} of its threads go on"
    for when, by in world.bus.begun:
        if by.function == "poll" and when > by.ends - 10 + 0.001:
            yield f"{by.name} began PutEvents {by.ends - when:.1f} s before its end"


def no_group_is_in_two_calls_at_once(world: World) -> Violations:
    """Events of one group are never in two calls of `PutEvents` at once, within a process."""
    for group, by in world.bus.overlaps:
        yield f"{by.name} had the group {group} in two calls"


def an_acknowledged_webhook_is_stored(world: World) -> Violations:
    """What is acknowledged is stored: on the bus, or in the queue from which it is published later.

    On a Custom Event Bus a status that reconciliation has told just before is a repeat: its id is on the bus.
    """
    stored = defaultdict[str, list[dict[str, object]]](list)
    for entry in world.bus.entries:
        if entry.detail_type in (STATUS_UPDATED, RECEIVED):
            stored[entry.detail["id"]].append(entry.detail["body"]["data"])
    for parameters in world.callbacks.acknowledged:
        sid, status = parameters["MessageSid"], parameters.get("MessageStatus")
        id_ = f"{sid}:{status}" if status else sid
        is_repeat = world.in_order and any(data["To"] == parameters["To"] for data in stored[id_])
        if parameters not in stored[id_] and not is_repeat:
            yield f"{id_[:8]}:{status or 'received'} was acknowledged, and is not on the bus"


def a_webhook_is_answered_in_time(world: World) -> Violations:
    """The answer comes within four seconds."""
    for one in world.function("webhook"):
        if one.outcome != "killed" and one.over - one.began > 4.0:
            yield f"{one.name} took {one.over - one.began:.2f} s"


def the_last_status_is_on_the_bus(world: World) -> Violations:
    """Whatever share of callbacks is lost, late or doubled: after two complete passes, the last status of every
    outbound message that Twilio lists in the look-back is on the bus.

    Of statuses that came after the first run that succeeded, which sets the cursor, and of messages that are listed
    within `PollOverlapSeconds` of them.
    """
    first = _first(world, "reconcile")
    told = {entry.detail["id"] for entry in _entries(world, STATUS_UPDATED)}
    for row in world.twilio.rows:
        if first is None or row.gone or not row.is_outbound or row.changed <= first.over + CLOCKS:
            continue
        if row.surely_listed <= row.changed + OVERLAP - CLOCKS and f"{row.sid}:{row.status}" not in told:
            yield f"{row.sid[:8]} is {row.status}, and nobody was told"


def consumers_end_with_the_last_status(world: World) -> Violations:
    """A consumer that follows the rule of `statusRank` ends with the last status, in whatever order callbacks come.

    Of the messages whose last status is on the bus; within the first rank the one received last counts.
    """
    entries = _entries(world, STATUS_UPDATED)
    told = {entry.detail["id"] for entry in entries}
    consumer, order = Consumer(), entries + entries[::3]
    Random(world.seed).shuffle(order)
    for entry in order:
        consumer.take(STATUS_UPDATED, entry.detail)
    for row in world.twilio.rows:
        if f"{row.sid}:{row.status}" not in told:
            continue
        rank, _, status = consumer.statuses[row.sid]
        if status != row.status and not rank == status_rank(row.status) == 0:
            yield f"{row.sid[:8]} is {row.status}, and a consumer believes {status}"


def no_id_says_two_things(world: World) -> Violations:
    """A consumer that follows the rule of `statusRank` ends with that status, and no `id` has two meanings."""
    consumer = Consumer()
    for entry in _entries(world, STATUS_UPDATED):
        consumer.take(STATUS_UPDATED, entry.detail)
    yield from (f"{id_[:8]}{id_[34:]} says two things" for id_ in consumer.contradictions)


def no_webhooks_share_an_id(world: World) -> Violations:
    """Two webhooks that differ in anything that has a meaning never share an `id`, and a repeated webhook keeps its
    `id`, behind every front door.
    """
    said: dict[str, object] = {}
    for entry in world.bus.entries:
        if entry.detail_type == RECEIVED or entry.detail.get("origin") == WEBHOOK:
            data, id_ = entry.detail["body"]["data"], entry.detail["id"]
            if said.setdefault(f"{entry.detail_type} {id_}", data) != data:
                yield f"{id_[:8]} is the id of two webhooks"


def the_overlap_of_passes_is_published_once(world: World) -> Violations:
    """What the overlap of passes repeats is published once, except at most a page after a crash, or a minute without
    DynamoDB (less at the end of a run), between publishing and saving, and except what was in calls of `PutEvents`, or
    to the undelivered queue, whose answers were lost.

    Nor for what changes in something else than its status.
    """
    touched = {row.sid for row in world.twilio.rows if row.touches}
    entries = [entry for entry in _entries(world, STATUS_UPDATED) if entry.detail["origin"] == RECONCILIATION]
    yield from _repeats(
        world,
        [
            (entry.detail["id"], entry)
            for entry in entries
            if entry.by.function == "reconcile" and entry.detail["body"]["data"]["MessageSid"] not in touched
        ],
    )


def nobody_is_texted_twice(world: World) -> Violations:
    """Under one idempotency key nobody is texted twice, as long as Twilio lists messages sooner than
    `UnknownHoldSeconds`.

    Of texts that several keys have in common it does not matter whose each message is: there are no more than keys.
    """
    keys, made = defaultdict[tuple[str, str], set[str]](set), Counter[tuple[str, str]]()
    for one in world.callers.asked:
        if one.text is not None:
            keys[one.to, one.text].add(one.mark)
    for row in _made_here(world):
        made[row.to, row.body] += 1
    for (to, text), marks in keys.items():
        if made[to, text] > len(marks):
            yield f"{made[to, text]} messages for the {len(marks)} keys of marks {', '.join(sorted(marks))}"


def what_cannot_be_recognised_is_held(world: World) -> Violations:
    """a repeat after the hold sends it again"""
    templates = {one.mark for one in world.callers.asked if one.kind == "template"}
    before: dict[str, Request] = {}
    for request in world.twilio.requests:
        earlier = before.get(request.mark)
        if request.mark in templates and earlier and request.when - earlier.when < HOLD - CLOCKS:
            yield f"mark {request.mark} was asked for again after {request.when - earlier.when:.0f} s"
        if request.accepted or request.doubtful:
            before[request.mark] = request


def no_send_is_reported_that_was_not(world: World) -> Violations:
    """No send is reported as sent that was not sent, and no message is reported as that of two keys."""
    rows = {row.sid: row for row in world.twilio.rows}
    holders = dict[str, str]()
    for one, sid in _reported(world):
        row = rows.get(sid)
        if row is None or (row.to, row.body) != (one.to, one.text or row.body):
            yield f"{sid[:8]} was reported for mark {one.mark}, which it is not"
        if row and not one.text and row.mark != one.mark:
            yield f"{sid[:8]}, of mark {row.mark}, was reported for the template of mark {one.mark}"
        if holders.setdefault(sid, one.mark) != one.mark:
            yield f"{sid[:8]} was reported for the marks {holders[sid]} and {one.mark}"


def every_input_ends_in_one_place(world: World) -> Violations:
    """Each input of the send queue ends as `Message Sent`, as `Message Send Failed` or in the dead-letter queue.

    One that failed had sent nothing until then; another one under its key may have.
    """
    failures = {
        entry.detail["id"]: datetime.fromisoformat(entry.detail["receivedAt"]).timestamp() - CLOCKS
        for entry in _entries(world, FAILED)
    }
    told = {entry.detail["id"]: entry.detail_type for entry in _entries(world, SENT) + _entries(world, FAILED)}
    dead = {letter.message_id for letter in world.inputs.dead}
    accepted = {row.mark: row.made for row in _made_here(world)}
    for one in world.callers.asked:
        for letter in one.letters:
            if one.key not in told and letter not in dead:
                yield f"{letter}, of mark {one.mark}, has no end"
        failed_at = failures.get(one.key, 0.0) if one.kind == "own" and len(one.letters) == 1 else 0.0
        if accepted.get(one.mark, failed_at) < failed_at:
            yield f"mark {one.mark} is said to have failed, and was sent"


def none_has_the_outcome_of_another(world: World) -> Violations:
    """All of that holds for messages that are sent at once, of one batch or of several: none has another's outcome,
    key, log line or place in a limit, and a record whose send hangs, fails in whatever way or cannot be published is
    returned alone.
    """
    inputs = {one.key: one for one in world.callers.asked if one.letters}
    for entry in _entries(world, SENT) + _entries(world, FAILED):
        given, one = entry.detail["body"]["data"]["input"], inputs[entry.detail["id"]]
        if isinstance(given, dict) and str(given.get("validityPeriod")) != one.mark:
            yield f"the event of {one.key} tells of mark {given.get('validityPeriod')}"


def limits_are_never_exceeded(world: World) -> Violations:
    """`MaxSendsPerRecipientPerHour` and `MaxSendsPerDay` are never exceeded, however many send at once, and are reached
    exactly where nothing is killed or unknown, and DynamoDB takes back what was not sent.

    Of each hour and day without its first minute: what is accepted then may have had its place in the one before.
    """
    hours, days = Counter[tuple[int, str]](), Counter[int]()
    for row in _made_here(world):
        if row.made % 3600 > 60 and row.made % 3600 < 3600 - CLOCKS:
            hours[int(row.made // 3600), row.to] += 1
        if row.made % 86400 > 60 and row.made % 86400 < 86400 - CLOCKS:
            days[int(row.made // 86400)] += 1
    if world.per_hour and max(hours.values(), default=0) > world.per_hour:
        yield f"{max(hours.values())} messages in an hour to one recipient, and the limit is {world.per_hour}"
    if world.per_day and max(days.values(), default=0) > world.per_day:
        yield f"{max(days.values())} messages in a day, and the limit is {world.per_day}"


def a_direct_call_is_answered_in_time(world: World) -> Violations:
    """A direct call answers within 42 seconds."""
    for one in world.callers.asked:
        for answer in one.answers:
            if answer.outcome != "killed" and answer.over - answer.began > 42:
                yield f"{answer.name} answered after {answer.over - answer.began:.1f} s"


def no_doubtful_post_is_repeated(world: World) -> Violations:
    """The connector never repeats a POST by itself whose bytes may have left."""
    doubtful: set[tuple[str, str]] = set()
    for request in world.twilio.requests:
        if (request.by.name, request.mark) in doubtful:
            yield f"{request.by.name} asked for mark {request.mark} again, whose answer it had lost"
        if request.doubtful:
            doubtful.add((request.by.name, request.mark))


INVARIANTS: tuple[Callable[[World], Violations], ...] = (
    every_listed_message_is_published,
    no_message_is_published_twice,
    nothing_of_a_poll_goes_on,
    no_group_is_in_two_calls_at_once,
    an_acknowledged_webhook_is_stored,
    a_webhook_is_answered_in_time,
    the_last_status_is_on_the_bus,
    consumers_end_with_the_last_status,
    no_id_says_two_things,
    no_webhooks_share_an_id,
    the_overlap_of_passes_is_published_once,
    nobody_is_texted_twice,
    what_cannot_be_recognised_is_held,
    no_send_is_reported_that_was_not,
    every_input_ends_in_one_place,
    none_has_the_outcome_of_another,
    limits_are_never_exceeded,
    a_direct_call_is_answered_in_time,
    no_doubtful_post_is_repeated,
)


def violations_of(world: World) -> list[str]:
    """All that breaks a promise, by the invariant's name."""
    return [f"{invariant.__name__}: {line}" for invariant in INVARIANTS for line in invariant(world)]


def _first(world: World, function: str) -> Invocation | None:
    """The first run that succeeded, at the latest: what it skipped another one did."""
    done = [one for one in world.function(function) if one.outcome == "returned"]
    return next((one for one in done if not one.result["skipped"]), None)


def _entries(world: World, detail_type: str) -> list[Entry]:
    return [entry for entry in world.bus.entries if entry.detail_type == detail_type]


def _created(entry: Entry) -> list[str]:
    return [message["sid"] for message in entry.detail["body"]["data"]["created"]]


def _repeats(world: World, published: list[tuple[str, Entry]]) -> Violations:
    """What was published again although the publication before was neither lost nor of a run that then crashed.

    A crash excuses what its run published last, as much as a page holds.
    """
    of_run = defaultdict[Invocation, dict[str, None]](dict)
    for what, entry in published:
        # What came last stands last, however often it came.
        of_run[entry.by].pop(what, None)
        of_run[entry.by][what] = None
    excused = {
        (one, what)
        for one, them in of_run.items()
        if one.outcome == "killed" or (one.outcome == "raised" and one.without_table)
        for what in list(them)[-PAGE_SIZE:]
    }
    before: dict[str, Entry] = {}
    for what, entry in published:
        earlier = before.get(what)
        # The same call, carried out twice by AWS's client, is one whose first answer was lost.
        if earlier and not earlier.lost and (earlier.by, what) not in excused:
            yield f"{what[:8]}{what[34:]} was published by {earlier.by.name} and again by {entry.by.name}"
        before[what] = entry


def _made_here(world: World) -> list[SimulatedRow]:
    return [row for row in world.twilio.rows if row.mark]


def _reported(world: World) -> Iterator[tuple[Asked, str]]:
    """What callers and consumers were told: which text was sent as which message."""
    by_key = {one.key: one for one in world.callers.asked if one.letters}
    for entry in _entries(world, SENT):
        yield by_key[entry.detail["id"]], entry.detail["body"]["data"]["message"]["sid"]
    for one in world.callers.asked:
        for answer in one.answers:
            if answer.outcome == "returned":
                yield one, answer.result["data"]["sid"]
