"""Files that somebody made to do harm, or that were damaged on their way: always an answer, never a fault of ours."""

import io
import json
import os
import random
import shutil
import stat
import zipfile

import pytest

from xiancheng.site.imports import unpacking
from xiancheng.site.imports.names import safe_name, unused_name
from xiancheng.site.imports.storing import uploads_folder
from xiancheng.site.imports.unpacking import unpack
from xiancheng.site.problems import InvalidError

from .conftest import bring, choose, workbook

BASE = "/api/imports/uploads"
DAMAGED = int(os.environ.get("XIANCHENG_TEST_DAMAGED", "150"))
"""Damaged files to try; 2,000 take some minutes."""


@pytest.fixture
def steward(site, log_in):
    yield log_in("steward", "education")
    shutil.rmtree(uploads_folder(), ignore_errors=True)


def archive(*entries):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as zipped:
        for entry, content in entries:
            zipped.writestr(entry, content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\x.csv", "x.csv"),
        ("学校.xlsx", "学校.xlsx"),
        (".hidden", "hidden"),
        ("", "file"),
        ("a\x00b\n.csv", "a_b_.csv"),
        ("x" * 300 + ".csv", "x" * 120 + ".csv"),
        ("/", "file"),
        ("gpj\u202egnp.csv", "gpj_gnp.csv"),
        ("学" * 200 + ".csv", "学" * 40 + ".csv"),
    ],
)
def test_names(name, safe):
    assert safe_name(name) == safe


def test_names_do_not_collide():
    assert unused_name("A.csv", ["a.csv", "A-2.csv"]) == "A-3.csv"


def test_nothing_leaves_the_folder(tmp_path):
    inside, path = tmp_path / "a" / "b", tmp_path / "x.zip"
    inside.mkdir(parents=True)
    link = zipfile.ZipInfo("link.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path.write_bytes(
        archive(("../../evil.csv", "x"), ("/abs/evil.csv", "x"), ("C:\\evil.csv", "x"), (link, "/etc/passwd"))
    )
    assert unpack(path, inside) == ["evil.csv", "evil-2.csv", "evil-3.csv"]
    assert sorted(p.name for p in tmp_path.rglob("*.csv")) == ["evil-2.csv", "evil-3.csv", "evil.csv"]
    assert all(p.parent == inside for p in tmp_path.rglob("*.csv"))


def test_names_of_chinese_windows(tmp_path):
    path, inside = tmp_path / "x.zip", tmp_path / "in"
    inside.mkdir()
    raw = archive(("xxxx.csv", "a,b"))
    path.write_bytes(raw.replace(b"xxxx.csv", "学校.csv".encode("gb18030")))
    assert unpack(path, inside) == ["学校.csv"]


def test_bombs(tmp_path, monkeypatch):
    inside, path = tmp_path / "in", tmp_path / "x.zip"
    inside.mkdir()
    path.write_bytes(archive(("zeros.csv", b"0" * 40_000_000)))
    assert path.stat().st_size < 50_000
    with pytest.raises(InvalidError, match="unreasonably"):
        unpack(path, inside)
    path.write_bytes(archive(*((f"{i}.csv", "x") for i in range(unpacking.MOST_ENTRIES + 1))))
    with pytest.raises(InvalidError, match="at most"):
        unpack(path, inside)
    path.write_bytes(archive(("a.csv", random.Random(1).randbytes(3000)), ("b.csv", random.Random(2).randbytes(3000))))
    with pytest.raises(InvalidError, match="unreasonably"):
        unpack(path, inside, most_bytes=5000)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.zip", b"PK\x03\x04 not really"),
        ("x.zip", archive()),
        ("x.zip", archive(("readme.md", "nothing to read"))),
        ("x.exe", b"MZ"),
        ("noending", b"1"),
        ("empty.csv", b""),
        ("only.dbf", b"\x03"),
    ],
)
def test_what_cannot_be_read_is_refused_at_once(steward, name, content):
    answer = bring(steward, (name, content))
    assert answer.status_code == 422, answer.content
    assert answer.json()["message"]["zh"]


def test_nothing_is_left_of_a_refused_upload(steward):
    bring(steward, ("x.zip", archive(("readme.md", "x"))))
    assert not [p for p in uploads_folder().iterdir() if p.name.startswith(".incoming")]


def test_no_file_and_too_large(steward):
    assert steward.post(BASE, {}).status_code == 422
    answer = steward.post(BASE, b"", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=str(5 * 1024**4))
    assert answer.status_code == 413


def test_what_is_too_large_for_a_page_is_told(steward, monkeypatch):
    monkeypatch.setattr("xiancheng.site.imports.reading_files.MEGABYTE", 1)
    number = bring(steward, ("a.csv", b"name,x,y\n" + b"a,110.5,40.5\n" * 20)).json()["id"]
    answer = steward.get(f"{BASE}/{number}/inspection")
    assert answer.status_code == 422
    assert "xiancheng import" in answer.json()["hint"]["en"]


def test_parts_of_a_shapefile_or_a_zip_of_them(steward, sample_county):
    folder = sample_county / "sources" / "2023"
    parts = [(p.name, p.read_bytes()) for p in sorted(folder.glob("catchments.*"))]
    for files in (parts, [("学区.zip", archive(*((f"资料/{n}", c) for n, c in parts)))]):
        found = bring(steward, *files).json()
        assert found["files"] == ["catchments.shp"]
        layer = steward.get(f"{BASE}/{found['id']}/inspection").json()["layers"][0]
        assert layer["geometry"] == "polygon"
        assert layer["datum"]["title"]["zh"]


def test_several_files_in_a_zip(steward):
    content = archive(("a.csv", "名称,经度,纬度\n甲,110.5,40.5\n"), ("b.xlsx", workbook()))
    found = bring(steward, ("两个.zip", content)).json()
    assert found["files"] == ["a.csv", "b.xlsx"]
    choose(steward, found["id"], file="b.xlsx")
    assert steward.get(f"{BASE}/{found['id']}/inspection").json()["format"] == "xlsx"
    choose(steward, found["id"], file="../b.xlsx")
    assert steward.get(f"{BASE}/{found['id']}/inspection").status_code == 422


@pytest.mark.parametrize(
    "body", ["[]", '{"datum": 5}', '{"nonsense": 1}', '{"source": "\\u0000"}', '{"mapping": []}', "{"]
)
def test_choices_that_make_no_sense(steward, body):
    number = bring(steward, ("a.csv", "名称\n甲\n".encode())).json()["id"]
    answer = steward.put(f"{BASE}/{number}/choices", body, content_type="application/json")
    assert answer.status_code in {400, 422}


def _seeds(sample_county):
    folder = sample_county / "sources" / "2023"
    geojson = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"name": f"学校{i}", "学位数": i},
                "geometry": {"type": "Point", "coordinates": [110 + i / 100, 40]},
            }
            for i in range(5)
        ],
    }
    return {
        "a.xlsx": workbook(),
        "b.csv": "学校名称,经度,纬度,学位数\n甲,110.5,40.5,100\n乙,110.6,40.6,abc\n".encode("gb18030"),
        "c.geojson": json.dumps(geojson, ensure_ascii=False).encode(),
        "d.zip": archive(*((p.name, p.read_bytes()) for p in sorted(folder.glob("catchments.*")))),
    }


def _corrupted(content, chance):
    damaged = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    if chance.random() < 0.15:
        del damaged[chance.randrange(1, len(damaged)) :]
    return bytes(damaged)


def test_damaged_files(steward, sample_county, monkeypatch):
    """Through upload, inspection, evidence and, where they get so far, preview: never a fault of ours."""
    from xiancheng.site.imports.models import Upload
    from xiancheng.site.imports.storing import forget

    chance, seeds = random.Random(20260101), _seeds(sample_county)
    outcomes = {}
    for i in range(DAMAGED):
        name = chance.choice(sorted(seeds))
        answer = bring(steward, (name, _corrupted(seeds[name], chance)))
        assert answer.status_code in {201, 422}, (i, name, answer.content)
        outcome = "refused"
        if answer.status_code == 201:
            number = answer.json()["id"]
            found = steward.get(f"{BASE}/{number}/inspection")
            assert found.status_code in {200, 422}, (i, name, found.content)
            outcome = "unreadable"
            if found.status_code == 200:
                outcome = "read"
                if i % 10 == 0:
                    layer = found.json()["layers"][0]["name"] if found.json()["layers"] else None
                    choose(steward, number, feature_class="school", datum="WGS84", layer=layer)
                    for step in (steward.get(f"{BASE}/{number}/datums"), steward.post(f"{BASE}/{number}/preview")):
                        assert step.status_code in {200, 422}, (i, name, step.content)
            forget(Upload.objects.get())
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    assert set(outcomes) >= {"read", "unreadable"}, outcomes
