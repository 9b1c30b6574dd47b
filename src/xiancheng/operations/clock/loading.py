"""The clocks of a county: the shipped ``clock.toml`` and calendar, and what the county directory overrides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from xiancheng.foundation.errors import ConfigError, UnknownNameError
from xiancheng.foundation.resources import data_folder
from xiancheng.foundation.text import Text
from xiancheng.foundation.toml_file import county_toml, read_toml
from xiancheng.operations.clock.calendar import WorkCalendar, calendar_files, load_calendar
from xiancheng.operations.clock.clock import Clock, make_clock
from xiancheng.operations.clock.hours import Profile, read_profile

SETTINGS = "clock.toml"


@dataclass(frozen=True, slots=True)
class Lamp:
    """A lamp of the duty board.

    Attributes
    ----------
    begins
        Share of the time used up from which it is lit; ``None``: it is lit after the deadline.
    """

    name: str
    title: Text
    begins: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Clocks:
    """Every clock of a county, made when it is first asked for.

    Attributes
    ----------
    profiles
        By name.
    default
        Name of the profile of units that have none of their own.
    units
        Code of a unit → name of its profile.
    calendar
        Holidays and make-up working days.
    stages
        Titles of the stages that have a timer, by name.
    lamps
        In the order they are lit.
    """

    profiles: Mapping[str, Profile]
    default: str
    units: Mapping[str, str]
    calendar: WorkCalendar
    refuses_unknown_years: bool
    stages: Mapping[str, Text]
    lamps: tuple[Lamp, ...]
    _made: dict[str, Clock] = field(default_factory=dict, repr=False)

    def named(self, profile: str | None = None) -> Clock:
        """Return the clock of a profile, or of the default one.

        Raises
        ------
        UnknownNameError
            If there is no such profile.
        """
        name = profile or self.default
        if name not in self._made:
            if name not in self.profiles:
                raise UnknownNameError(Text("作息", "profile of office hours"), name, list(self.profiles))
            self._made[name] = make_clock(
                self.profiles[name], self.calendar, refuses_unknown_years=self.refuses_unknown_years
            )
        return self._made[name]

    def of_unit(self, unit: str) -> Clock:
        """Return the clock by which a unit works."""
        return self.named(self.units.get(unit))


def load_clocks(county_folder: Path | None = None, *, calendars: Iterable[Path] = ()) -> Clocks:
    """Return the clocks of a county; read again only after one of the county's files has changed.

    Parameters
    ----------
    county_folder
        With ``clock.toml`` and ``calendar/*.csv``, or without; ``None``: what is shipped.
    calendars
        Further calendar files.

    Raises
    ------
    ConfigError, SourceError
        If a file is wrong; names the entry or the row.
    """
    extra = tuple(calendars)
    own = [] if county_folder is None else [county_folder / SETTINGS, *calendar_files(county_folder)]
    stamps = tuple((p, p.stat().st_mtime_ns, p.stat().st_size) for p in (*own, *extra) if p.exists())
    return _load(county_folder, extra, stamps)


@lru_cache(maxsize=8)
def _load(county_folder: Path | None, extra: tuple[Path, ...], stamps: tuple[object, ...]) -> Clocks:
    del stamps  # part of the key only
    base = read_toml(data_folder("catalogues") / "operations" / SETTINGS)
    own = county_toml(county_folder, SETTINGS)
    _refuse_unknown(own, base)
    profiles = {name: read_profile(name, entry) for name, entry in _merged(base, own, "profile").items()}
    default, units = own.get("default", base["default"]), _merged(base, own, "units")
    for name in (default, *units.values()):
        if name not in profiles:
            raise UnknownNameError(Text("作息", "profile of office hours"), name, list(profiles))
    policy = own.get("unknown_year", base["unknown_year"])
    if policy not in {"refuse", "warn"}:
        raise ConfigError(
            Text(f"clock.toml：unknown_year 不能是“{policy}”", f"clock.toml: unknown_year cannot be {policy!r}"),
            Text("可用的有：refuse、warn", "there are: refuse, warn"),
        )
    return Clocks(
        profiles=profiles,
        default=default,
        units=units,
        calendar=load_calendar(county_folder, extra),
        refuses_unknown_years=policy == "refuse",
        stages={name: Text.of(title) for name, title in _merged(base, own, "stage").items()},
        lamps=tuple(map(_lamp, own.get("lamp", base["lamp"]))),
    )


def _merged(base: Mapping[str, Any], own: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {**base.get(key, {}), **own.get(key, {})}


def _refuse_unknown(own: Mapping[str, Any], base: Mapping[str, Any]) -> None:
    for key in own.keys() - base.keys():
        raise ConfigError(
            Text(f"clock.toml：不认识的项 {key}", f"clock.toml: unknown key {key}"),
            Text("可用的有：" + "、".join(base), "there are: " + ", ".join(base)),
        )


def _lamp(entry: Mapping[str, Any]) -> Lamp:
    name, begins = entry.get("name"), entry.get("from")
    overdue = entry.get("overdue") is True
    if not isinstance(name, str) or overdue == isinstance(begins, int | float):
        raise ConfigError(
            Text(f"clock.toml 的 [[lamp]] 不完整：{dict(entry)}", f"clock.toml: incomplete [[lamp]]: {dict(entry)}"),
            Text(
                "要有 name，以及 from（已用份额）或 overdue = true",
                "it needs name, and either from (share used up) or overdue = true",
            ),
        )
    return Lamp(name, Text.of(entry.get("title", name)), None if overdue else float(entry["from"]))
