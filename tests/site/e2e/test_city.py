"""The City page in Chromium: search, identify, time, comparison, quality, lists, 3D Tiles."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from pmtiles.reader import MmapSource, all_tiles

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("city")]

PATIENCE = 40_000
READY = (
    "() => document.querySelector('.maplibregl-canvas') && document.querySelector('.status')?.textContent.includes('·')"
)


@pytest.fixture
def city(open_as, served):
    """The page of a planner, in English, at an address."""

    def go(address="/city", **look):
        page = open_as("planner", language="en", **look)
        page.set_default_timeout(PATIENCE)
        page.goto(served.url + address)
        page.wait_for_function(READY, timeout=PATIENCE)
        return page

    return go


def query(page):
    return {k: v[0] for k, v in parse_qs(urlsplit(page.url).query).items()}


def buildings(page):
    """The number of buildings that the page says there are on the day shown."""
    text = page.locator(".status").inner_text()
    return int(re.search(r"building ([\d,]+)", text)[1].replace(",", ""))


def test_search_by_pinyin_with_the_keyboard_selects_and_identifies(city):
    page = city()
    page.keyboard.press("/")
    box = page.get_by_role("combobox", name=re.compile("Search"))
    box.press_sequentially("renmingongyuan")
    option = page.get_by_role("option").first
    option.wait_for()
    assert "人民公园" in option.inner_text()
    assert box.get_attribute("aria-expanded") == "true"
    box.press("Enter")
    panel = page.get_by_role("region", name="Feature")
    panel.get_by_role("heading", name="人民公园").wait_for()
    assert query(page)["class"] == "park"
    assert "m²" in panel.inner_text()
    assert "History" in panel.inner_text()
    assert panel.get_by_role("link", name="Open the register").get_attribute("href").startswith("/registers/park/")
    assert not page.faults


def test_the_timeline_changes_what_there_is(city, served):
    page = city()
    newest = buildings(page)
    page.get_by_label("Date", exact=True).fill("2024-06-15")
    page.get_by_label("Date", exact=True).dispatch_event("change")
    page.wait_for_function("() => document.querySelector('.status').textContent.startsWith('2024-06-15')")
    page.wait_for_function("() => document.querySelector('.status').getAttribute('aria-busy') === 'false'")
    page.wait_for_timeout(500)
    earlier = buildings(page)
    assert earlier != newest
    snapshots = page.evaluate("() => fetch('/api/model/snapshots').then((r) => r.json())")["items"]
    assert (earlier, newest) == tuple(s["classes"]["building"] for s in snapshots)
    page.get_by_role("slider", name="Timeline").focus()
    page.keyboard.press("End")
    page.wait_for_function("() => !document.querySelector('.status').textContent.startsWith('2024')")
    page.get_by_role("combobox", name="Published snapshot").select_option("2023-12-31")
    page.wait_for_function("() => document.querySelector('.status').textContent.startsWith('2023-12-31')")
    assert buildings(page) == earlier
    assert query(page)["date"] == "2023-12-31"
    assert not page.faults


def test_comparing_lists_what_changed(city):
    page = city("/city?panel=compare")
    row = page.get_by_role("row").filter(has=page.get_by_role("button", name="park", exact=True))
    row.wait_for()
    added = int(row.get_by_role("cell").first.inner_text())
    assert added > 0
    row.get_by_role("button").click()
    page.wait_for_function(f"() => document.querySelectorAll('.items li').length >= {added}")
    page.locator(".items button").first.click()
    page.get_by_role("region", name="Feature").get_by_role("heading").wait_for()
    page.get_by_role("combobox", name="Map").select_option("swipe")
    curtain = page.get_by_role("slider", name=re.compile("Curtain"))
    curtain.focus()
    page.keyboard.press("Home")
    assert curtain.input_value() == "0"
    assert not page.faults


def test_layers_are_part_of_the_address(city):
    page = city()
    page.get_by_role("checkbox", name=re.compile(r"clinic")).check()
    page.wait_for_function("() => location.search.includes('clinic')")
    page.reload()
    page.wait_for_function(READY)
    assert page.get_by_role("checkbox", name=re.compile(r"clinic")).is_checked()
    page.get_by_role("tab", name="List").click()
    page.get_by_role("combobox", name="Layer").select_option("building")
    page.wait_for_function("() => document.querySelectorAll('.items li').length > 20", timeout=PATIENCE)
    page.locator(".items button").first.click()
    page.get_by_role("region", name="Feature").get_by_role("heading").wait_for()
    assert query(page)["class"] == "building"


def test_findings_are_listed_and_lead_to_features(city):
    page = city("/city?panel=quality")
    page.locator(".findings button").first.wait_for()
    page.locator(".findings button").first.click()
    page.locator(".items button").first.click()
    page.get_by_role("region", name="Feature").get_by_role("heading").wait_for()
    assert "check" in query(page)


def test_a_distance_is_measured_with_the_keyboard(city):
    page = city("/city?at=110.52,40.56,15,0,0")
    page.get_by_role("button", name="Measure a distance").click()
    page.locator(".maplibregl-canvas").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(800)
    page.keyboard.press("Enter")
    result = page.get_by_role("region", name="Measuring").get_by_role("status").inner_text()
    assert float(result.split()[0]) > 50


def test_3d_tiles_are_drawn_by_deck_and_a_building_can_be_picked(city, served):
    rows = pq.read_table(served.folder / "snapshots" / "2025-12-31" / "building.parquet").to_pylist()
    largest = max(rows, key=lambda row: row["metric_area"])
    middle = shapely.point_on_surface(shapely.from_wkb(largest["geometry"]))
    page = city(f"/city?solids=1&at={middle.x},{middle.y},17,0,0")
    loaded = "() => performance.getEntriesByType('resource').some((e) => e.name.endsWith('.glb'))"
    page.wait_for_function(loaded, timeout=PATIENCE)
    area = page.locator(".map-area").bounding_box()
    for _ in range(20):
        page.mouse.click(area["x"] + area["width"] / 2, area["y"] + area["height"] / 2)
        # Two clicks soon after another would zoom.
        page.wait_for_timeout(1500)
        if "object" in query(page):
            break
    assert (query(page)["class"], query(page)["object"]) == ("building", largest["object_id"])
    page.get_by_role("region", name="Feature").get_by_role("heading").wait_for()
    assert not page.faults, page.faults


def test_gdal_reads_the_tiles(served):
    made = next((served.folder / "tiles").glob("*/index.json")).parent
    with (made / "building.pmtiles").open("rb") as file:
        z, x, y = next(key for key, _ in all_tiles(MmapSource(file)) if key[0] == 14)
    address = f"{served.url}/ogc/collections/building/tiles/WebMercatorQuad/{z}/{y}/{x}.mvt?datetime=2025-12-31"
    headers = "\r\n".join(f"{k}: {v}" for k, v in served.headers("planner").items())
    pyogrio.set_gdal_config_options({"GDAL_HTTP_HEADERS": headers})
    try:
        info = pyogrio.read_info(f"MVT:/vsicurl/{address}", layer="building", X=x, Y=y, Z=z)
    finally:
        pyogrio.set_gdal_config_options({"GDAL_HTTP_HEADERS": None})
    assert info["features"] > 0
    assert "floors" in set(info["fields"])
    assert info["crs"] == "EPSG:3857"
