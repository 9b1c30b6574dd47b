"""Pages for people: every one in both languages, with the links that lead on, without scripts."""

import re

import pytest

from xiancheng.site.county import catalogue


@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages_lead_from_the_landing_page_to_a_version(api, language):
    seen, waiting = set(), [f"http://testserver/ogc/?f=html&lang={language}"]
    while waiting and len(seen) < 60:
        address = waiting.pop(0)
        kind = re.sub(r"collections/\w+", "collections/x", address.partition("?")[0])
        kind = re.sub(r"items/[^/]+", "items/x", kind)
        if kind in seen or "/ogc" not in address or "f=json" in address or "f=openapi" in address:
            continue
        seen.add(kind)
        answer = api.get(address, headers={"Accept": "text/html", "Accept-Language": language})
        assert answer.status == 200, address
        assert answer.headers["Content-Type"].startswith("text/html"), address
        text = answer.body.decode()
        assert f'<html lang="{"zh-CN" if language == "zh" else "en"}">' in text
        assert "<script" not in text
        assert "http-equiv" not in text
        waiting += [x.replace("&amp;", "&") for x in re.findall(r'href="(http://testserver[^"]+)"', text)]
    shapes = {
        "/ogc/",
        "/ogc/collections",
        "/ogc/collections/x",
        "/ogc/collections/x/items",
        "/ogc/collections/x/schema",
    }
    assert {f"http://testserver{s}" for s in shapes} <= seen
    assert "http://testserver/ogc/collections/x/items/x" in seen


def test_json_and_pages_are_told_apart_by_what_is_accepted(api):
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    for accept, media in (
        (browser, "text/html"),
        ("*/*", "application/geo+json"),
        ("application/json", "application/geo+json"),
        ("application/geo+json;q=0.5, text/html;q=0.1", "application/geo+json"),
    ):
        answer = api.get("/collections/school/items", headers={"Accept": accept})
        assert answer.headers["Content-Type"].startswith(media)
        assert "Accept" in answer.headers["Vary"]
    assert api.get("/", headers={"Accept": "image/png"}).status == 406
    assert api.get("/", headers={"Accept": "image/png"}, f="html").status == 200


def test_page_of_features_has_a_next_page_and_titles_of_codes(api):
    page = api.get("/collections/school/items", f="html", limit=5, lang="zh").body.decode()
    assert 'rel="next"' in page
    assert "小学" in page
    assert "primary" not in re.sub(r"<[^>]+>", "", page)


@pytest.mark.parametrize("name", ["school", "building", "road", "statistic"])
def test_a_feature_of_every_sort_has_a_page(api, name):
    feature = api.get(f"/collections/{name}/items", limit=1).json["features"][0]
    page = api.get(f"/collections/{name}/items/{feature['id']}", f="html", lang="en").body.decode()
    assert ("<svg" in page) is catalogue()[name].has_geometry
    assert "Versions" in page


def test_texts_of_features_cannot_become_markup(steward):
    body = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [110.5, 40.5]},
        "properties": {"name": "<script>alert(1)</script>", "level": "primary"},
    }
    made = steward.send("POST", "/collections/school/items", body)
    assert made.status == 201, made.body
    page = steward.get(made.headers["Location"], f="html").body.decode()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
