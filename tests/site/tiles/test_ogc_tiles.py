"""OGC API Tiles and the addresses of 3D Tiles."""

import gzip
import json

import mapbox_vector_tile
import pytest
from django.test import Client
from pmtiles.reader import MmapSource, all_tiles

from xiancheng.site.tiles.reading import read_tile

from .conftest import DAY

BUILDING = "/ogc/collections/building"


@pytest.fixture
def client(tiled_site, log_in):
    return log_in("planner")


def test_every_tile_of_an_archive_is_read(tiles_folder):
    for name in ("building", "road", "street_tree"):
        path = tiles_folder / f"{name}.pmtiles"
        with path.open("rb") as file:
            tiles = {key: bytes(data) for key, data in all_tiles(MmapSource(file))}
        for (z, x, y), data in tiles.items():
            assert read_tile(path, z, x, y).content == data
        assert read_tile(path, 15, 0, 0) is None


def test_matrix_set_is_the_well_known_one(client):
    assert client.get("/ogc/tileMatrixSets").json()["tileMatrixSets"][0]["id"] == "WebMercatorQuad"
    definition = client.get("/ogc/tileMatrixSets/WebMercatorQuad").json()
    first = definition["tileMatrices"][0]
    assert first["scaleDenominator"] == pytest.approx(559082264.028717)
    assert first["cellSize"] == pytest.approx(156543.033928041)
    assert definition["tileMatrices"][10]["matrixWidth"] == 1024
    assert client.get("/ogc/tileMatrixSets/Other").status_code == 404


def test_tileset_leads_to_tiles_that_hold_the_features(client):
    links = {link["rel"]: link["href"] for link in client.get(BUILDING).json()["links"]}
    listed = client.get(links["http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"]).json()["tilesets"]
    own = next(link["href"] for link in listed[0]["links"] if link["rel"] == "self")
    tileset = client.get(own).json()
    assert tileset["layers"][0]["propertiesSchema"]["properties"]["floors"] == {"type": "number"}
    template = next(link["href"] for link in tileset["links"] if link.get("templated"))
    limits = next(x for x in tileset["tileMatrixSetLimits"] if x["tileMatrix"] == "13")
    found, statuses = set(), set()
    for row in range(limits["minTileRow"], limits["maxTileRow"] + 1):
        for column in range(limits["minTileCol"], limits["maxTileCol"] + 1):
            address = template.format(tileMatrix=13, tileRow=row, tileCol=column)
            answer = client.get(address)
            statuses.add(answer.status_code)
            if answer.status_code == 200:
                assert "Content-Encoding" not in answer
                layer = mapbox_vector_tile.decode(answer.content)["building"]
                found |= {f["properties"]["object_id"] for f in layer["features"]}
    assert statuses == {200, 204}
    count = client.get("/api/model/snapshots").json()["items"][-1]["classes"]["building"]
    assert len(found) == count


def test_datetime_selects_the_snapshot(client):
    def version(**parameters):
        return client.get(f"{BUILDING}/tiles/WebMercatorQuad", {"f": "tilejson", **parameters}).json()["version"]

    hashes = [s["hash"] for s in client.get("/api/tiles").json()["snapshots"]]
    assert version() == hashes[1]
    assert version(datetime="2024-06-01") == hashes[0]
    assert version(datetime="2023-12-31T12:00:00Z") == hashes[0]
    assert version(datetime="../2025-01-01") == hashes[0]
    assert client.get(f"{BUILDING}/tiles", {"datetime": "2001-01-01"}).status_code == 404
    assert client.get(f"{BUILDING}/tiles", {"datetime": "gestern"}).status_code == 400
    tilejson = client.get(f"{BUILDING}/tiles/WebMercatorQuad", {"f": "tilejson", "datetime": "2024-06-01"}).json()
    assert tilejson["tiles"][0].endswith("/{z}/{y}/{x}.mvt?datetime=2024-06-01")
    assert tilejson["vector_layers"][0]["fields"]["object_id"] == "String"


def test_a_tile_is_packed_for_those_who_can_and_said_to_be_the_same(client, tiles_folder):
    with (tiles_folder / "building.pmtiles").open("rb") as file:
        (z, x, y), data = next(iter(all_tiles(MmapSource(file))))
    address = f"{BUILDING}/tiles/WebMercatorQuad/{z}/{y}/{x}"
    packed = client.get(address, headers={"Accept-Encoding": "gzip, br"})
    assert packed["Content-Encoding"] == "gzip"
    assert packed.content == data
    assert client.get(f"{address}.mvt").content == gzip.decompress(data)
    assert client.get(address, headers={"If-None-Match": packed["ETag"]}).status_code == 304
    assert packed["Content-Datetime"] == "Wed, 31 Dec 2025 00:00:00 GMT"


@pytest.mark.parametrize("address", ["99/0/0", "3/0/0", "13/9000/0", "13/0/9000"])
def test_tiles_that_there_are_not(client, address):
    assert client.get(f"{BUILDING}/tiles/WebMercatorQuad/{address}").status_code == 404
    assert client.get(f"{BUILDING}/tiles/Other/13/1/1").status_code == 404


def test_permission_is_by_class(client, log_in):
    education = log_in("steward", "education")
    for address in ("tiles", "tiles/WebMercatorQuad", "tiles/WebMercatorQuad/13/3000/6600", "3dtiles"):
        assert education.get(f"/ogc/collections/hospital/{address}").status_code == 403, address
        assert Client().get(f"{BUILDING}/{address}").status_code == 401, address
    assert education.get(f"{BUILDING}/3dtiles").status_code == 200


def test_3d_tiles_are_found_and_kept_for_ever(client, tiles_folder):
    listed = client.get(f"{BUILDING}/3dtiles").json()["tilesets"]
    assert [t["date"] for t in listed] == ["2023-12-31", DAY.isoformat()]
    address = listed[-1]["links"][0]["href"]
    answer = client.get(address)
    tileset = json.loads(b"".join(answer.streaming_content))
    assert "immutable" in answer["Cache-Control"]
    tile = tileset["root"]
    while "content" not in tile:
        tile = tile["children"][0]
    content = client.get(address.replace("tileset.json", tile["content"]["uri"]))
    assert content["Content-Type"] == "model/gltf-binary"
    assert b"".join(content.streaming_content)[:4] == b"glTF"
    for wrong in ("index.json", "..%2findex.json", "9999.glb"):
        assert client.get(address.replace("tileset.json", wrong)).status_code == 404
    assert client.get("/ogc/collections/school/3dtiles").json()["tilesets"] == []
