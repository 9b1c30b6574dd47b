"""Ask every operation of an OpenAPI document what schemathesis thinks of, and what the county really has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.parameters import ParameterLocation

PARTS = {
    "path_parameters": ParameterLocation.PATH,
    "query": ParameterLocation.QUERY,
    "body": ParameterLocation.BODY,
}
Person = Callable[[str], dict[str, Any]]
"""From an operation to the headers and cookies of who asks it."""
Story = dict[str, Any]
"""Names of parameters and fields, with values that belong together: an object of a class, an indicator of a clause.

A function is asked for the value when it is needed.
"""


class Walk:
    """One document's operations, asked one after the other.

    Attributes
    ----------
    faults
        What the checks found, by operation.
    statuses
        How often each operation answered with each status.
    """

    def __init__(self, schema: Any, stories: list[Story], *, without: Iterable[str] = ()) -> None:
        self.schema, self.stories = schema, stories
        self.checks = [check for check in schemathesis.checks.CHECKS.get_all() if check.__name__ not in without]
        self.faults: dict[str, str] = {}
        self.statuses: dict[str, Counter[int]] = {}

    def report(self) -> str:
        """Return the faults in words; nothing if there are none."""
        return "\n\n".join(f"{label}\n{text[:1500]}" for label, text in self.faults.items())

    def in_vain(self) -> set[str]:
        """Return the operations that never succeeded, so that little of them was seen."""
        return {label for label, seen in self.statuses.items() if not any(status < 400 for status in seen)}

    def ask_all(self, person: Person, examples: int) -> None:
        """Ask every operation with valid values and, a third of the times, with invalid ones.

        They are the same each time: some of the large bodies that chance brings take minutes to be thought of. More
        `examples` are others.
        """
        operations = [result.ok() for result in self.schema.get_all_operations()]
        # What takes something away comes last: the others need it.
        for operation in sorted(operations, key=lambda o: o.method.upper() == "DELETE"):
            self._ask(operation, GenerationMode.POSITIVE, person, examples)
            self._ask(operation, GenerationMode.NEGATIVE, person, max(1, examples // 2))

    def _ask(self, operation: Any, mode: GenerationMode, person: Person, examples: int) -> None:
        seen = self.statuses.setdefault(operation.label, Counter())

        @given(case=operation.as_strategy(generation_mode=mode), story=st.sampled_from([*self.stories, {}]))
        @settings(
            max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None,
            phases=[Phase.explicit, Phase.generate], derandomize=True,
        )  # fmt: skip
        def ask(case, story):
            tell(case, story)
            who = person(operation.label)
            response = case.call(**who)
            seen[response.status_code] += 1
            # Whether nobody else may ask is seen at the first success: it takes three requests more. Cookies that a
            # test gives count as generated for that check, and so as wrong ones that were accepted.
            first = sum(count for status, count in seen.items() if status < 300) == 1 and "cookies" not in who
            checks = [c for c in self.checks if first or c.__name__ != "ignored_auth"]
            case.validate_response(response, checks=checks, headers=who["headers"], transport_kwargs=who)

        try:
            ask()
        except (Failure, FailureGroup) as fault:
            self.faults.setdefault(operation.label, str(fault))
        except Unsatisfiable:
            if mode is GenerationMode.POSITIVE:  # an operation that takes nothing cannot be given anything invalid
                raise


def tell(case: Any, story: Story) -> None:
    """Put the values of a story where a case has parameters and fields of their names, unless it is wrong there."""
    for part, location in PARTS.items():
        if not case.meta.is_negative_at(location):
            setattr(case, part, told(getattr(case, part), story))


def told(value: Any, story: Story) -> Any:
    """Return `value` with what the story says of its fields, at any depth."""
    if isinstance(value, dict):
        return {name: _now(story[name]) if name in story else told(item, story) for name, item in value.items()}
    if isinstance(value, list):
        return [told(item, story) for item in value]
    return value


def _now(value: Any) -> Any:
    return value() if callable(value) else value
