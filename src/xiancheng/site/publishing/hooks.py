"""What is to happen when a snapshot has been published: functions that other packages register."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Published:
    """A snapshot that has just been published; `user_id` of who did it."""

    as_of: date
    hash: str
    user_id: int | None


Hook = Callable[[Published], object]
_hooks: list[Hook] = []


def on_published(hook: Hook) -> Hook:
    """Register a function to be called after every publication."""
    if hook not in _hooks:
        _hooks.append(hook)
    return hook


def run_hooks(published: Published) -> None:
    """Call every function; one that fails is logged and keeps no other from its work: the snapshot is there."""
    for hook in _hooks:
        try:
            hook(published)
        except Exception:
            logger.exception("after publishing %s: %s failed", published.as_of, hook)
