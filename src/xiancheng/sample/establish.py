"""Establishes every facility of the county."""

from __future__ import annotations

from xiancheng.sample import care, education, heritage, services
from xiancheng.sample.facilities import Facilities, Scene
from xiancheng.sample.frame import stream
from xiancheng.sample.places import communities, township_seats
from xiancheng.sample.town import Town


def build_facilities(town: Town) -> Facilities:
    """Return every facility of the county."""
    facilities = Facilities()
    seats, parts = township_seats(town), communities(town.plan)

    def scene(subject: str) -> Scene:
        return Scene(town, facilities, stream(town.seed, subject), seats, parts)

    education.schools(scene("schools"))
    education.kindergartens(scene("kindergartens"))
    care.childcare(scene("childcare"))
    care.elderly_care(scene("elderly care"))
    services.build(scene("services"))
    heritage.build(scene("heritage"))
    return facilities
