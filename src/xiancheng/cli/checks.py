"""One thing that the doctor looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from xiancheng.foundation.text import Text

State = Literal["ok", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, how it is, and what to do about it."""

    state: State
    what: Text
    advice: Text | None = None
