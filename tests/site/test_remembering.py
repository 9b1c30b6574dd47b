"""What an account may do is remembered for a moment, and not longer than it is true."""

from __future__ import annotations

import pytest

from xiancheng.site.accounts import remembering
from xiancheng.site.accounts.remembering import SECONDS, Remembered


def test_asked_once_while_fresh():
    now, asked = [0.0], []
    memory: Remembered[str, int] = Remembered(lambda: now[0])

    def find() -> int:
        asked.append(now[0])
        return len(asked)

    assert [memory.get("a", find) for _ in range(3)] == [1, 1, 1]
    now[0] = SECONDS + 0.01
    assert memory.get("a", find) == 2
    assert memory.get("b", find) == 3
    memory.forget()
    assert memory.get("a", find) == 4


def test_what_is_forgotten_while_it_is_looked_up_is_not_kept():
    memory: Remembered[str, int] = Remembered(lambda: 0.0)

    def find() -> int:
        memory.forget()
        return 1

    assert memory.get("a", find) == 1
    assert memory.get("a", lambda: 2) == 2


def test_is_bounded(monkeypatch):
    monkeypatch.setattr(remembering, "MOST", 10)
    memory: Remembered[int, int] = Remembered(lambda: 0.0)
    for i in range(100):
        memory.get(i, lambda: 0)
    assert len(memory._values) <= 10


@pytest.mark.django_db
def test_a_role_taken_here_is_gone_at_once_and_elsewhere_after_a_moment(site, log_in):
    from xiancheng.site.accounts import subjects
    from xiancheng.site.accounts.models import Membership, User
    from xiancheng.site.policy.permission import Permission

    log_in("planner")
    user = User.objects.latest("pk")
    assert subjects.subject_of_user(user).may(Permission.ACCESS_USE)
    # Another process leaves no signal here.
    Membership.objects.filter(user=user).update(role="window_clerk")
    assert subjects.subject_of_user(user).may(Permission.ACCESS_USE)
    subjects._of_users._clock, real = (lambda: real() + SECONDS + 1), subjects._of_users._clock
    try:
        assert not subjects.subject_of_user(user).may(Permission.ACCESS_USE)
    finally:
        subjects._of_users._clock = real
    Membership.objects.filter(user=user).update(role="planner")
    user.save()
    assert subjects.subject_of_user(user).may(Permission.ACCESS_USE)
    Membership.objects.get(user=user).delete()
    assert not subjects.subject_of_user(user).may(Permission.ACCESS_USE)
