"""Versioned features: the version of a day, its neighbours, the time map, what is gone, what was believed."""

from datetime import UTC, date, datetime, timedelta

import pytest

from xiancheng.city.history import OPEN_DATE_TEXT
from xiancheng.city.store import open_store
from xiancheng.site.county import catalogue, county

from .conftest import Api

ITEMS = "/collections/school/items"


@pytest.fixture
def histories(site):
    """Return the believed versions of every school: identifier → (start, end)."""
    out = {}
    with open_store(county(), catalogue(), read_only=True) as store:
        rows = store.select(
            "school", 'FROM "school" AS t WHERE t.recorded_to = :open ORDER BY t.object_id, t.valid_from',
            {"open": "9999-12-31T00:00:00.000Z"}, ordered=True,
        )  # fmt: skip
    for name, start, end in zip(rows.object_id, rows.valid_from, rows.valid_to, strict=True):
        out.setdefault(name, []).append((start, end))
    return out


def changed(histories):
    return next(name for name, spans in histories.items() if len(spans) > 1)


def an_ended_feature():
    """Return the path of a feature that exists in history only."""
    day = date.today().isoformat()  # noqa: DTZ011
    with open_store(county(), catalogue(), read_only=True) as store:
        for name in sorted(store.backend.tables_present() & set(catalogue().classes)):
            rows = store.fetch(
                f'SELECT object_id FROM "{name}" WHERE recorded_to = :open'
                " GROUP BY object_id HAVING max(valid_to) <= :day ORDER BY object_id LIMIT 1",
                {"open": "9999-12-31T00:00:00.000Z", "day": day},
            )
            if rows:
                return f"/collections/{name}/items/{rows[0][0]}"
    raise AssertionError(day)


def test_every_version_has_its_memento(api, histories):
    name = changed(histories)
    versions = histories[name]
    time_map = api.get(f"{ITEMS}/{name}/versions").json["links"]
    mementos = [x for x in time_map if x["rel"] == "memento"]
    assert len(mementos) == len(versions)
    for i, (memento, (start, end)) in enumerate(zip(mementos, versions, strict=True)):
        assert memento["href"].endswith(f"?datetime={start}T00:00:00Z")
        one = api.get(memento["href"])
        assert one.status == 200
        assert one.json["properties"]["valid_from"] == start
        assert one.json["properties"]["valid_to"] == (None if end == OPEN_DATE_TEXT else end)
        assert one.headers["Memento-Datetime"] == memento["datetime"]
        assert one.headers["Memento-Datetime"].endswith("00:00:00 GMT")
        found = one.header_links()
        assert found["original"] == found["timegate"] == f"http://testserver/ogc{ITEMS}/{name}"
        assert found["timemap"] == found["version-history"] == f"http://testserver/ogc{ITEMS}/{name}/versions"
        assert found["self"] == memento["href"]
        assert found.get("predecessor-version") == (mementos[i - 1]["href"] if i else None)
        assert found.get("successor-version") == (mementos[i + 1]["href"] if i + 1 < len(mementos) else None)
        assert found["latest-version"] == mementos[-1]["href"]
        assert api.get(f"{ITEMS}/{name}/versions/{start}").json["properties"] == one.json["properties"]
    assert next(x for x in time_map if x["rel"] == "latest-version")["href"] == mementos[-1]["href"]
    assert {x["rel"] for x in time_map} == {"self", "original", "timegate", "memento", "latest-version"}


def test_time_map_in_link_format(api, histories):
    name = changed(histories)
    answer = api.get(f"{ITEMS}/{name}/versions", headers={"Accept": "application/link-format"})
    assert answer.headers["Content-Type"] == "application/link-format"
    lines = answer.body.decode().strip().split(",\n")
    assert sum('rel="memento"' in line for line in lines) == len(histories[name])
    assert all(line.startswith("<http") for line in lines)


def test_without_datetime_the_present_version(api, histories):
    name = changed(histories)
    assert api.get(f"{ITEMS}/{name}").json["properties"]["valid_from"] == histories[name][-1][0]


def test_at_the_instant_of_transition_the_later_version(api, histories):
    name = changed(histories)
    (first, end), (second, _) = histories[name][:2]
    assert end == second
    assert api.get(f"{ITEMS}/{name}", datetime=f"{second}T00:00:00Z").json["properties"]["valid_from"] == second
    day_before = (date.fromisoformat(second) - timedelta(1)).isoformat()
    assert api.get(f"{ITEMS}/{name}", datetime=day_before).json["properties"]["valid_from"] == first


def test_gone(api, histories):
    name = changed(histories)
    for answer in (api.get(f"{ITEMS}/{name}", datetime="1990-01-01"), api.get(an_ended_feature())):
        assert answer.status == 410
        found = answer.header_links()
        assert set(found) == {"latest-version", "timemap", "version-history"}
        assert api.get(found["latest-version"]).status == 200
    assert api.get(f"{ITEMS}/{name}/versions/1990-01-01").status == 404
    assert api.get(f"{ITEMS}/{name}", datetime="2020-01-01/..").status == 400


def test_interval_gives_all_versions_that_touch_it(api, histories):
    for first, last in (("2024-01-01", "9999-12-31"), ("0001-01-01", "2024-12-31"), ("2025-12-31", "2025-12-31")):
        text = f"{'..' if first == '0001-01-01' else first}/{'..' if last == '9999-12-31' else last}"
        wanted = [
            (name, start)
            for name, spans in histories.items()
            for start, end in spans
            if start <= last and end >= first
        ]  # fmt: skip
        unique = api.get(ITEMS, datetime=text, limit=1000)
        assert unique.ids == [f"{name}.{start.replace('-', '')}" for name, start in wanted]
        assert unique.json["numberMatched"] == len(wanted)
        plain = api.get(ITEMS, datetime=text, limit=1000, profile="versions-as-features")
        assert plain.ids == [name for name, _ in wanted]
        assert plain.header_links()["profile"].endswith("/versions-as-features")
        paged = api.every(ITEMS, datetime=text, limit=4)
        assert [f["id"] for f in paged] == unique.ids
    one = unique.ids[0]
    assert api.get(f"{ITEMS}/{one}").json["properties"]["valid_from"].replace("-", "") == one.rpartition(".")[2]


def test_filters_judge_the_versions_that_the_time_selects(api):
    for day in ("2023-12-31", "2025-12-31"):
        every = api.every(ITEMS, datetime=day)
        wanted = [f["id"] for f in every if (f["properties"]["pupils"] or 0) > 150]
        assert api.get(ITEMS, datetime=day, filter="pupils > 150", limit=1000).ids == wanted


def test_what_was_believed(steward, log_in):
    api = Api(log_in("planner"))
    before = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    name = api.get(ITEMS).ids[0]
    was = api.get(f"{ITEMS}/{name}")
    answer = steward.send(
        "PATCH", f"{ITEMS}/{name}?correct=true&reason=typo", {"properties": {"pupils": 1}},
        content_type="application/merge-patch+json", If_Match=was.headers["ETag"],
    )  # fmt: skip
    assert answer.status == 204, answer.body
    assert api.get(f"{ITEMS}/{name}").json["properties"]["pupils"] == 1
    assert api.get(f"{ITEMS}/{name}", recorded=before).json["properties"] == was.json["properties"]
    then = {f["id"]: f["properties"]["pupils"] for f in api.every(ITEMS, recorded=before)}
    assert then[name] == was.json["properties"]["pupils"]
    permanent = api.get(f"{ITEMS}/{name}", recorded=before, datetime="2025-12-31")
    assert "immutable" in permanent.headers["Cache-Control"]
    assert api.get(ITEMS, recorded="2020-01-01").ids == []


def test_what_was_recorded_when_is_not_for_everybody(site, log_in):
    inspector = Api(log_in("inspector"))
    items = "/collections/building/items"
    name = inspector.get(items, limit=1).ids[0]
    assert inspector.get(f"{items}/{name}", datetime="2025-12-31").status == 200
    assert inspector.get(f"{items}/{name}/versions").status == 200
    assert "reason" not in inspector.get(f"{items}/{name}").json["properties"]
    assert inspector.get(items, recorded="2025-12-31").status == 403
    assert "reason" in Api(log_in("planner")).get(f"{items}/{name}").json["properties"]
