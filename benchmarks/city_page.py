"""The City page at 100,000 buildings in headless Chromium: first paint, the map drawn, and what people wait for.

Run: ``python benchmarks/city_page.py [--buildings 100000]``. Without a graphics card the drawing is done in software.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
import urllib.request
from datetime import date
from pathlib import Path

from tiles import county_of, multiply, serve
from xiancheng.city.classes import load_catalogue
from xiancheng.city.county import County
from xiancheng.site.tiles.making import make_tiles

FLAGS = [
    "--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking", "--no-first-run",
    "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
]  # fmt: skip
PASSWORD = "county-2025-bench"
PAINTS = "() => performance.getEntriesByType('paint').find((e) => e.name === 'first-contentful-paint').startTime"


def log_in(context, url: str) -> None:
    context.request.get(f"{url}/api/session")
    token = next(c["value"] for c in context.cookies() if c["name"] == "xiancheng_csrf")
    data = {"username": "bench", "password": PASSWORD}
    answer = context.request.post(f"{url}/api/session/login", data=data, headers={"X-CSRFToken": token, "Referer": url})
    assert answer.ok, answer.text()


def idle(page) -> None:
    """Wait until every tile of the view is there and drawn."""
    page.wait_for_function("() => document.querySelector('#city-stage')?.ariaBusy === 'false'", timeout=180_000)


def visit(browser, url: str, address: str) -> dict[str, float]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    log_in(context, url)
    page = context.new_page()
    start = time.perf_counter()
    page.goto(url + address, wait_until="commit")
    page.wait_for_selector(".maplibregl-canvas", timeout=60_000)
    canvas = (time.perf_counter() - start) * 1000
    idle(page)
    drawn = (time.perf_counter() - start) * 1000
    found = {"first paint": page.evaluate(PAINTS), "map there": canvas, "all drawn": drawn}
    start = time.perf_counter()
    page.keyboard.press("/")
    page.get_by_role("combobox").first.fill("gongyuan")
    page.get_by_role("option").first.wait_for()
    found["search answered (with 120 ms of waiting for more letters)"] = (time.perf_counter() - start) * 1000
    start = time.perf_counter()
    page.keyboard.press("Enter")
    page.locator(".feature h2").wait_for()
    found["feature shown"] = (time.perf_counter() - start) * 1000
    idle(page)
    start = time.perf_counter()
    page.locator(".legend select").select_option("height")
    idle(page)
    found["coloured by height"] = (time.perf_counter() - start) * 1000
    context.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--buildings", type=int, default=100_000)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--port", type=int, default=8138)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=None, help="county to keep")
    options = parser.parse_args()
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        folder = options.folder or Path(temporary) / "county"
        county = County.load(folder) if (folder / "county.toml").exists() else county_of(folder, options.people)
        if not (folder / "tiles").exists():
            multiply(county, options.buildings)
        make_tiles(county, load_catalogue(folder), date(2025, 12, 31))
        process, token = serve(folder, options.port)
        url = f"http://127.0.0.1:{options.port}"
        request = urllib.request.Request(f"{url}/api/model/snapshots", headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request) as answer:
            count = json.loads(answer.read())["items"][-1]["classes"]["building"]
        print(f"{count:,} buildings, software rendering")
        try:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
            for address in ("/city", "/city?solids=1"):
                rounds = [visit(browser, url, address) for _ in range(options.rounds)]
                print(address)
                for name in rounds[0]:
                    print(f"  {name:<58} {min(r[name] for r in rounds):>8,.0f} ms (best of {options.rounds})")
            browser.close()
        finally:
            process.terminate()
            process.wait(20)


if __name__ == "__main__":
    main()
