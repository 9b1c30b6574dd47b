"""Duplicates (疑似重复): suggested by place, category, time, text and photos, explained; merging; repetition."""

from xiancheng.operations.duplicates.index import DuplicateIndex
from xiancheng.operations.duplicates.merging import Member, MergeGroup
from xiancheng.operations.duplicates.policy import DuplicatePolicy, Reach, load_policy
from xiancheng.operations.duplicates.repetition import count_repetitions
from xiancheng.operations.duplicates.report import Part, Report, Suggestion

__all__ = [
    "DuplicateIndex",
    "DuplicatePolicy",
    "Member",
    "MergeGroup",
    "Part",
    "Reach",
    "Report",
    "Suggestion",
    "count_repetitions",
    "load_policy",
]
