"""Events are given once in whatever order they are committed; watchers hear what they may and no more."""

import asyncio

import orjson
import pytest

from xiancheng.site.jobs.events import may_receive, tell
from xiancheng.site.jobs.models import Event
from xiancheng.site.live import application
from xiancheng.site.live.admission import allowed_origin
from xiancheng.site.live.feed import GAP_SECONDS, Feed, encode, since
from xiancheng.site.live.hub import RELOAD, Watcher
from xiancheng.site.policy.permission import Permission
from xiancheng.site.policy.subject import Subject

EDU = Subject(user_id=1, permissions=frozenset([Permission.MODEL_EDIT]), sees=frozenset(["school"]))


def _event(number):
    return Event.objects.create(pk=number, topic="t", payload={"n": number})


def _ids(messages):
    return [m.event.pk for m in messages]


def test_events_are_given_once(db):
    _event(5)
    feed = Feed()
    assert feed.poll() == []
    _event(6), _event(7)
    assert _ids(feed.poll()) == [6, 7]
    assert feed.poll() == []
    assert feed.floor == 7


def test_a_number_committed_late_is_given_and_can_be_resumed_from(db):
    now = [0.0]
    _event(1)
    feed = Feed(lambda: now[0])
    _event(2), _event(4)
    given = feed.poll()
    assert _ids(given) == [2, 4]
    # Who heard 4 and then loses the connection must still hear 3.
    assert given[1].data.startswith(b"id: 2\n")
    _event(3)
    assert _ids(feed.poll()) == [3]
    assert feed.floor == 4
    _event(6)
    feed.poll()
    assert feed.floor == 4
    now[0] = GAP_SECONDS
    assert _ids(feed.poll()) == []
    assert feed.floor == 6, "5 was never committed"


def test_resuming(db):
    for number in (3, 4, 5):
        _event(number)
    assert _ids(since(4, 5)) == [5]
    assert _ids(since(2, 5)) == [3, 4, 5]
    assert since(1, 5) is None, "2 is forgotten"
    assert since(9, 5) is None, "a number of another database"
    assert since(5, 5) == []


def test_what_is_sent(db):
    event = tell("job", {"id": 3, "text": "第一行\n第二行"})
    lines = encode(event, 10**6).decode().split("\n")
    assert lines[:2] == [f"id: {event.pk}", "event: job"]
    assert orjson.loads(lines[2].removeprefix("data: "))["text"] == "第一行\n第二行"
    assert lines[3:] == ["", ""]


@pytest.mark.parametrize(
    ("needs", "heard"),
    [
        ({}, True),
        ({"class_name": "school"}, True),
        ({"class_name": "hospital"}, False),
        ({"permission": Permission.MODEL_EDIT}, True),
        ({"permission": Permission.AUDIT_VIEW}, False),
        ({"user_id": 1}, True),
        ({"user_id": 2}, False),
        ({"user_id": 1, "class_name": "hospital"}, False),
        ({"permission": Permission.AUDIT_VIEW, "class_name": "school"}, False),
    ],
)
def test_the_filter(db, needs, heard):
    event = tell("register", {}, **needs)
    assert may_receive(EDU, event) is heard
    assert not may_receive(Subject(sees=frozenset(["school"])), event)


def test_who_does_not_keep_up_is_told_to_load_anew(db):
    async def run():
        watcher = Watcher(EDU, most=2)
        for message in messages:
            watcher.offer(message)
        return watcher.last_words, await watcher.take(1)

    feed = Feed()
    for _ in range(3):
        tell("register", {}, class_name="school")
    messages = feed.poll()
    assert asyncio.run(run()) == (RELOAD, b"")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"host": "town:8018"}, ""),
        ({"host": "town:8018", "origin": "http://town:8017"}, "http://town:8017"),
        ({"host": "town", "origin": "https://town"}, "https://town"),
        ({"host": "[::1]:8018", "origin": "http://[::1]:8017"}, "http://[::1]:8017"),
        ({"host": "town:8018", "origin": "http://town:9000"}, None),
        ({"host": "town:8018", "origin": "http://evil:8017"}, None),
        ({"host": "town:8018", "origin": "null"}, None),
        ({"host": "town:8018", "origin": "http://town:notaport"}, None),
        ({}, None),
    ],
)
def test_only_pages_of_the_site(headers, expected, settings):
    settings.SITE_HOSTS = ["town"]
    assert allowed_origin(headers, 8017) == expected


def test_number_to_resume_from():
    scope = {"query_string": b"last=12"}
    assert application._resumed_from(scope, {}) == 12
    assert application._resumed_from(scope, {"last-event-id": "15"}) == 15
    for text in ("x", "-1", "9" * 30, "٣"):
        assert application._resumed_from({"query_string": b""}, {"last-event-id": text}) is None
