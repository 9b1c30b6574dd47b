"""Whose a case is now: dispatch, return with a reason and a review, re-dispatch, and how often it has bounced."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from xiancheng.foundation.errors import UnknownNameError, XianchengError
from xiancheng.foundation.text import Text
from xiancheng.operations.routing.settings import RoutingSettings

State = Literal["waiting", "dispatched", "accepted", "return_under_review"]
Act = Literal["dispatch", "accept", "return", "return_granted", "return_refused", "arbitrate"]


class DispatchError(XianchengError):
    """A step that the present state of a dispatch does not allow."""


@dataclass(frozen=True, slots=True)
class DispatchStep:
    """One thing that happened: who, when, to which unit, and the reason or opinion given."""

    act: Act
    at: datetime
    by: str
    unit: str
    reason: str = ""
    opinion: str = ""


@dataclass(frozen=True, slots=True)
class Dispatching:
    """The dispatch of one case; every function returns a new value.

    Attributes
    ----------
    state
        ``waiting`` for a dispatcher, ``dispatched``, ``accepted``, or ``return_under_review``.
    unit
        The unit that holds it; empty while it waits for a dispatcher.
    assisting
        Units that assist.
    bounces
        How often a unit's return was granted.
    refused_by
        Units whose return was granted: they do not get it again, unless a supervisor decides so.
    fixed
        Whether a supervisor has decided whose it is: the unit cannot return it.
    steps
        Everything that happened, oldest first.
    """

    state: State = "waiting"
    unit: str = ""
    assisting: tuple[str, ...] = ()
    bounces: int = 0
    refused_by: tuple[str, ...] = ()
    fixed: bool = False
    steps: tuple[DispatchStep, ...] = ()

    def at_limit(self, settings: RoutingSettings) -> bool:
        """Whether it has bounced so often that a supervisor has to decide."""
        return self.bounces >= settings.bounce_limit

    def dispatch(
        self,
        unit: str,
        *,
        at: datetime,
        by: str,
        settings: RoutingSettings,
        assisting: tuple[str, ...] = (),
        reason: str = "",
    ) -> Dispatching:
        """Send it to a unit; again after a granted return, with the reason for the choice.

        Raises
        ------
        DispatchError
            If a unit holds it, if it has bounced too often, if the unit's own return was granted, or if a
            re-dispatch gives no reason.
        """
        self._must_be("waiting")
        if self.at_limit(settings):
            raise DispatchError(
                Text(
                    f"已回退 {self.bounces} 次，不能再派遣", f"returned {self.bounces} times: it cannot be dispatched"
                ),
                Text("提级督办，由督办人裁定责任单位", "raise it to supervision; a supervisor decides whose it is"),
            )
        if unit in self.refused_by:
            raise DispatchError(
                Text(f"{unit} 的回退已获准，不能再派给它", f"the return of {unit} was granted: it cannot get it again"),
                Text("派给别的单位，或由督办人裁定", "choose another unit, or let a supervisor decide"),
            )
        if self.bounces and not reason.strip():
            raise _no_reason()
        return self._to(unit, assisting, DispatchStep("dispatch", at, by, unit, reason), fixed=False)

    def accept(self, *, at: datetime, by: str) -> Dispatching:
        """Let the unit sign for it.

        Raises
        ------
        DispatchError
            If it is not dispatched.
        """
        self._must_be("dispatched")
        return self._after(DispatchStep("accept", at, by, self.unit), "accepted")

    def give_back(self, reason: str, opinion: str, *, at: datetime, by: str, settings: RoutingSettings) -> Dispatching:
        """Let the unit ask to be rid of it: a reason of the list and its own words; a dispatcher reviews it.

        Raises
        ------
        DispatchError
            If no unit holds it, if its words are missing, or if a supervisor has decided that it is this unit's.
        UnknownNameError
            If there is no such reason.
        """
        self._must_be("dispatched", "accepted")
        if self.fixed:
            raise DispatchError(
                Text("责任单位已由督办人裁定，不能回退", "a supervisor decided whose it is: it cannot be returned"),
                Text("如有异议，提出申诉", "file an appeal against the decision"),
            )
        if reason not in settings.reasons:
            raise UnknownNameError(Text("回退原因", "reason of a return"), reason, list(settings.reasons))
        if not opinion.strip():
            raise _no_reason()
        step = DispatchStep("return", at, by, self.unit, reason, opinion)
        return self._after(step, "return_under_review")

    def review(self, *, grant: bool, opinion: str, at: datetime, by: str) -> Dispatching:
        """Grant or refuse a return. Granted, it waits for a dispatcher again; refused, it stays with the unit.

        Raises
        ------
        DispatchError
            If no return is under review, or a refusal gives no words.
        """
        self._must_be("return_under_review")
        if not grant:
            if not opinion.strip():
                raise _no_reason()
            return self._after(DispatchStep("return_refused", at, by, self.unit, "", opinion), self._before_return())
        gone = replace(
            self,
            unit="",
            assisting=(),
            bounces=self.bounces + 1,
            refused_by=tuple(dict.fromkeys((*self.refused_by, self.unit))),
        )
        return gone._after(DispatchStep("return_granted", at, by, self.unit, "", opinion), "waiting")  # noqa: SLF001 - it is our own value

    def arbitrate(
        self, unit: str, reason: str, *, at: datetime, by: str, assisting: tuple[str, ...] = ()
    ) -> Dispatching:  # fmt: skip
        """Let a supervisor decide whose it is, whatever was returned before; the unit cannot return it.

        Raises
        ------
        DispatchError
            If the reason is missing.
        """
        if not reason.strip():
            raise _no_reason()
        return self._to(unit, assisting, DispatchStep("arbitrate", at, by, unit, reason), fixed=True)

    def _before_return(self) -> State:
        """Return the state in which the unit had it when it asked: a refused return changes nothing."""
        held = next(s for s in reversed(self.steps) if s.act in {"accept", "dispatch", "arbitrate"})
        return "accepted" if held.act == "accept" else "dispatched"

    def _must_be(self, *states: State) -> None:
        if self.state not in states:
            raise DispatchError(
                Text(f"案件现在是 {self.state}，不能这样做", f"the case is {self.state}: this cannot be done now"),
                Text(f"须先成为 {'或'.join(states)}", f"it has to be {' or '.join(states)} first"),
            )

    def _to(self, unit: str, assisting: tuple[str, ...], step: DispatchStep, *, fixed: bool) -> Dispatching:
        if not unit.strip():
            raise DispatchError(
                Text("没有写明单位", "no unit is named"), Text("选择一个处置单位", "choose a handling unit")
            )
        others = tuple(u for u in dict.fromkeys(assisting) if u != unit)
        held = replace(self, unit=unit, assisting=others, fixed=fixed)
        return held._after(step, "dispatched")  # noqa: SLF001 - it is our own value

    def _after(self, step: DispatchStep, state: State) -> Dispatching:
        if step.at.tzinfo is None or (self.steps and step.at < self.steps[-1].at):
            raise DispatchError(
                Text(
                    f"时刻 {step.at} 没有时区或早于上一步",
                    f"the instant {step.at} has no zone or is before the last step",
                ),
                Text("用带时区的当前时刻", "use the present instant, with its time zone"),
            )
        return replace(self, state=state, steps=(*self.steps, step))


def _no_reason() -> DispatchError:
    return DispatchError(Text("没有写明理由", "no reason is given"), Text("写明理由后再试", "write down why"))
