"""Clauses by article and by bureau, in the order of the programme."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xiancheng.foundation.text import Text
from xiancheng.programme.assessment import STATUSES, Assessment, ClauseResult, IndicatorResult, Status
from xiancheng.programme.model import Article


@dataclass(frozen=True)
class BureauClauses:
    """The clauses a bureau answers for; it leads those in `leads`."""

    id: str
    title: Text
    clauses: tuple[ClauseResult, ...]
    leads: frozenset[str]

    def counts(self) -> dict[Status, int]:
        """Clauses by status."""
        return counts(self.clauses)


def counts(clauses: tuple[ClauseResult, ...]) -> dict[Status, int]:
    """Return the number of clauses by status, every status present."""
    return {status: sum(1 for c in clauses if c.status == status) for status in STATUSES}


def bureau_title(assessment: Assessment, bureau: str) -> Text:
    """Return the name of a bureau; its id if the programme does not name it."""
    return assessment.programme.bureaus.get(bureau) or Text(bureau, bureau)


def by_article(assessment: Assessment) -> list[tuple[Article, tuple[ClauseResult, ...]]]:
    """Return the assessed clauses of each article; articles without any are left out."""
    known = {a.id: a for a in assessment.programme.articles}
    order = list(dict.fromkeys([*known, *(c.clause.article for c in assessment.clauses)]))
    grouped = [
        (known.get(a, Article(a, Text(a, a))), tuple(c for c in assessment.clauses if c.clause.article == a))
        for a in order
    ]
    return [(article, clauses) for article, clauses in grouped if clauses]


def by_bureau(assessment: Assessment) -> list[BureauClauses]:
    """Return the clauses of each bureau, in the programme's order of bureaus; a shared clause is in each of them."""
    named = [b for c in assessment.clauses for b in c.clause.bureaus]
    order = dict.fromkeys([*(b for b in assessment.programme.bureaus if b in set(named)), *named])
    return [
        BureauClauses(
            bureau,
            bureau_title(assessment, bureau),
            tuple(c for c in assessment.clauses if bureau in c.clause.bureaus),
            frozenset(c.clause.id for c in assessment.clauses if c.clause.bureaus[:1] == (bureau,)),
        )
        for bureau in order
    ]


def indicators(assessment: Assessment) -> Iterator[tuple[ClauseResult, IndicatorResult]]:
    """Yield every indicator with its clause."""
    for clause in assessment.clauses:
        for result in clause.indicators:
            yield clause, result
