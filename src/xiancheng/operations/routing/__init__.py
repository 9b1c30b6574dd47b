"""Routing (派遣): category, area, time and component owner say whose a case is, and each answer is explained."""

from xiancheng.operations.routing.areas import Area, AreaIndex
from xiancheng.operations.routing.city_areas import areas_of
from xiancheng.operations.routing.decision import Decision
from xiancheng.operations.routing.dispatching import Dispatching, DispatchStep
from xiancheng.operations.routing.history_file import read_history
from xiancheng.operations.routing.reading import find_rules, read_rules
from xiancheng.operations.routing.review import Hole, Overlap, chains_of, holes, overlaps
from xiancheng.operations.routing.router import Router
from xiancheng.operations.routing.rule import Facts, Rule, RuleSet
from xiancheng.operations.routing.settings import RoutingSettings, load_settings
from xiancheng.operations.routing.trial import History, Trial, try_rules
from xiancheng.operations.routing.week import Window

__all__ = [
    "Area",
    "AreaIndex",
    "Decision",
    "DispatchStep",
    "Dispatching",
    "Facts",
    "History",
    "Hole",
    "Overlap",
    "Router",
    "RoutingSettings",
    "Rule",
    "RuleSet",
    "Trial",
    "Window",
    "areas_of",
    "chains_of",
    "find_rules",
    "holes",
    "load_settings",
    "overlaps",
    "read_history",
    "read_rules",
    "try_rules",
]
