from __future__ import annotations

import re
import sys

import numpy as np
import pytest
import shapely
from pyproj import Geod, Transformer

from xiancheng.city.readers import ReadOptions, read
from xiancheng.foundation.errors import SourceError

ifcopenshell = pytest.importorskip("ifcopenshell")

# A STEP file small enough to read: the spatial tree, then boxes (walls, slabs) as extruded rectangles.
HEAD = """ISO-10303-21;
HEADER;
FILE_DESCRIPTION((''),'2;1');
FILE_NAME('','',(''),(''),'','','');
FILE_SCHEMA(('IFC4'));
ENDSEC;
DATA;
"""


class Step:
    """Writes a small IFC4 file line by line."""

    def __init__(self, *, unit="$", storeys=(0.0,), site=",$,$,$,$,$", north="$"):
        self.lines = []
        self.unit = unit
        self.factor = 1000.0 if unit == ".MILLI." else 1.0
        origin = self.add("IFCCARTESIANPOINT((0.,0.,0.))")
        self.axes = self.add(f"IFCAXIS2PLACEMENT3D({origin},$,$)")
        self.context = self.add(f"IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-5,{self.axes},{north})")
        length = self.add(f"IFCSIUNIT(*,.LENGTHUNIT.,{unit},.METRE.)")
        area = self.add("IFCSIUNIT(*,.AREAUNIT.,$,.SQUARE_METRE.)")
        units = self.add(f"IFCUNITASSIGNMENT(({length},{area}))")
        project = self.add(f"IFCPROJECT('{guid(1)}',$,'p',$,$,$,$,({self.context}),{units})")
        self.site = self.add(f"IFCSITE('{guid(2)}',$,'s',$,$,$,$,$,.ELEMENT.{site})")
        self.building = self.add(f"IFCBUILDING('{guid(3)}',$,'A',$,$,$,$,$,.ELEMENT.,$,$,$)")
        self.storeys = []
        for i, level in enumerate(storeys):
            z = level * self.factor
            self.storeys.append(self.add(
                f"IFCBUILDINGSTOREY('{guid(10 + i)}',$,'F{i}',$,$,{self.placement(0, 0, level)},$,$,.ELEMENT.,{z:.1f})"
            ))  # fmt: skip
        for number, (parent, children) in enumerate(
            ((project, [self.site]), (self.site, [self.building]), (self.building, self.storeys))
        ):
            self.add(f"IFCRELAGGREGATES('{guid(20 + number)}',$,$,$,{parent},({','.join(children)}))")

    def add(self, text):
        self.lines.append(text)
        return f"#{len(self.lines)}"

    def placement(self, x, y, z):
        values = ",".join(f"{v * self.factor:.3f}" for v in (x, y, z))
        point = self.add(f"IFCCARTESIANPOINT(({values}))")
        axes = self.add(f"IFCAXIS2PLACEMENT3D({point},$,$)")
        return self.add(f"IFCLOCALPLACEMENT($,{axes})")

    def box(self, kind, storey, x0, y0, x1, y1, z, height):
        f = self.factor
        centre = self.add("IFCCARTESIANPOINT((0.,0.))")
        axes = self.add(f"IFCAXIS2PLACEMENT2D({centre},$)")
        profile = self.add(f"IFCRECTANGLEPROFILEDEF(.AREA.,$,{axes},{(x1 - x0) * f:.3f},{(y1 - y0) * f:.3f})")
        up = self.add("IFCDIRECTION((0.,0.,1.))")
        body = self.add(f"IFCEXTRUDEDAREASOLID({profile},{self.axes},{up},{height * f:.3f})")
        shape = self.add(f"IFCSHAPEREPRESENTATION({self.context},'Body','SweptSolid',({body}))")
        product = self.add(f"IFCPRODUCTDEFINITIONSHAPE($,$,({shape}))")
        where = self.placement((x0 + x1) / 2, (y0 + y1) / 2, z)
        number = 100 + len(self.lines)
        tail = ",$,.INTERNAL.,$" if kind == "SPACE" else ",$,.NOTDEFINED."
        if kind == "SPACE":
            tail = ",$,.ELEMENT.,.INTERNAL.,$"
        item = self.add(f"IFC{kind}('{guid(number)}',$,'{kind}',$,$,{where},{product}{tail})")
        if kind == "SPACE":
            self.add(f"IFCRELAGGREGATES('{guid(number + 5000)}',$,$,$,{self.storeys[storey]},({item}))")
        else:
            relation = f"('{guid(number + 5000)}',$,$,$,({item}),{self.storeys[storey]})"
            self.add(f"IFCRELCONTAINEDINSPATIALSTRUCTURE{relation}")

    def walls(self, storey, x0, y0, x1, y1, z, height, thick=0.2):
        self.box("WALL", storey, x0, y0, x1, y0 + thick, z, height)
        self.box("WALL", storey, x0, y1 - thick, x1, y1, z, height)
        self.box("WALL", storey, x0, y0, x0 + thick, y1, z, height)
        self.box("WALL", storey, x1 - thick, y0, x1, y1, z, height)

    def write(self, path):
        numbered = "\n".join(f"#{i}={line};" for i, line in enumerate(self.lines, 1))
        path.write_text(f"{HEAD}{numbered}\nENDSEC;\nEND-ISO-10303-21;\n", encoding="utf-8")
        return path


def guid(number):
    return f"{number:022d}"


def one(path, catalogue):
    (layer,) = read(path, ReadOptions(catalogue))
    return layer


def house(step):
    """Two storeys of 3 m, 10 by 6 m, with a terrace outside the walls, a flat roof with a rail, and rooms."""
    for storey, z in ((0, 0.0), (1, 3.0)):
        step.walls(storey, 0, 0, 10, 6, z, 3.0)
        step.box("SLAB", storey, 0, 0, 10, 6, z - 0.2, 0.2)
        step.box("SPACE", storey, 0.2, 0.2, 5, 5.8, z, 2.8)
        step.box("SPACE", storey, 5, 0.2, 9.8, 5.8, z, 2.8)
    step.box("SLAB", 0, 10, 0, 14, 6, -0.2, 0.2)
    step.box("SLAB", 2, 0, 0, 10, 6, 6.0, 0.3)
    step.walls(2, 0, 0, 10, 6, 6.0, 0.9)
    step.box("SPACE", 2, 0.2, 0.2, 9.8, 5.8, 6.3, 3.0)
    return step


def converted(step, crs="EPSG:4546", scale="$", axis=(1.0, 0.0)):
    target = step.add(f"IFCPROJECTEDCRS('{crs}',$,$,$,$,$,$)")
    step.add(f"IFCMAPCONVERSION({step.context},{target},450000.,4490000.,0.,{axis[0]:.6f},{axis[1]:.6f},{scale})")
    return step


def test_duplex_against_its_own_file(shared, catalogue):
    """Two flats side by side: two floors above ground, a roof and foundations; figures read from the STEP text."""
    path = shared / "citymodels/ifc2x3_duplex.ifc"
    text = path.read_text(encoding="latin-1")
    layer = one(path, catalogue)
    values = {name: column[0] for name, column in layer.columns.items()}
    levels = {
        m[0]: float(m[1])
        for m in re.findall(r"IFCBUILDINGSTOREY\('[^']*',#\d+,'([^']*)',.*?,\.ELEMENT\.,([-\d.E]+)\)", text)
    }
    assert levels == pytest.approx({"Level 1": 0.0, "Level 2": 3.1, "T/FDN": -1.25, "Roof": 6.0}, abs=1e-6)
    assert values["floors"] == 2
    # Spaces' stated areas in the order of the file; the last belongs to the roof, which is no floor.
    areas = [float(v) for v in re.findall(r"IFCQUANTITYAREA\('GSA BIM Area',\$?'?[^,]*,\$,([\d.]+)\)", text)]
    assert len(areas) == 21
    roof = re.search(r"IFCSPACE\('([^']+)',#\d+,'R301'", text)[1]
    model = ifcopenshell.open(str(path))
    from ifcopenshell.util.element import get_psets

    outside = get_psets(model.by_guid(roof))["GSA Space Areas"]["GSA BIM Area"]
    assert values["floor_area"] == pytest.approx(sum(areas) - outside, abs=0.01)
    # The outer walls of the ground storey, each by itself with its openings cut: their box is the house.
    settings = ifcopenshell.geom.settings()
    settings.set("use-world-coords", True)
    points = []
    for wall in model.by_type("IfcWallStandardCase"):
        if "Exterior - Brick" in wall.Name:
            shape = ifcopenshell.geom.create_shape(settings, wall)
            points.append(np.array(shape.geometry.verts).reshape(-1, 3))
    points = np.concatenate(points)
    width, depth = np.ptp(points[:, 0]), np.ptp(points[:, 1])
    geod = Geod(ellps="WGS84")
    area, _ = geod.geometry_area_perimeter(layer.geometry[0])
    assert abs(area) == pytest.approx(width * depth, rel=1e-4) == pytest.approx(156.64, abs=0.05)
    assert values["height"] == pytest.approx(points[:, 2].max() - levels["Level 1"], abs=1e-3)
    # Degrees, minutes, seconds and millionths of the site, and the footprint hangs on that point.
    assert layer.datum == "WGS84"
    latitude = 41 + 52 / 60 + 27.84 / 3600
    longitude = -(87 + 38 / 60 + 21.839999 / 3600)
    assert geod.inv(longitude, latitude, *layer.geometry[0].centroid.coords[0])[2] == pytest.approx(
        np.hypot(4.4, 8.9), abs=0.01
    )
    assert any("Level 2 +3.10 m (10)" in note.en for note in layer.notes)


@pytest.mark.parametrize(("unit", "scale"), [("$", "$"), (".MILLI.", "$"), (".MILLI.", "0.001"), ("$", "1.")])
def test_house_with_terrace_and_parapet(tmp_path, catalogue, unit, scale):
    step = converted(house(Step(unit=unit, storeys=(0.0, 3.0, 6.0))), scale=scale)
    layer = one(step.write(tmp_path / "a.ifc"), catalogue)
    assert layer.datum == "EPSG:4546"
    assert layer.geometry[0].equals(shapely.box(450000, 4490000, 450010, 4490006)), layer.geometry[0]
    values = {name: column[0] for name, column in layer.columns.items()}
    assert values["floors"] == 2
    assert values["height"] == pytest.approx(6.9)
    assert values["floor_area"] == pytest.approx(2 * (4.8 + 4.8) * 5.6, abs=0.01)
    assert (values["name"], layer.ids, len(layer.rejections)) == ("A", [guid(3)], 0)


def test_map_axis_turns_the_model(tmp_path, catalogue):
    step = converted(house(Step(storeys=(0.0, 3.0, 6.0))), axis=(0.0, 1.0))
    layer = one(step.write(tmp_path / "a.ifc"), catalogue)
    assert layer.geometry[0].bounds == pytest.approx((449994, 4490000, 450000, 4490010), abs=1e-6)


def test_true_north_and_reference_point(tmp_path, catalogue):
    step = Step(storeys=(0.0, 3.0, 6.0), site=",(40,33,0,0),(110,30,0,0),0.,$,$")
    # True north lies along the model's +x: what is drawn to the right is to the north.
    direction = step.add("IFCDIRECTION((1.,0.))")
    step.lines[2] = step.lines[2].rsplit(",", 1)[0] + f",{direction})"
    layer = one(house(step).write(tmp_path / "a.ifc"), catalogue)
    assert layer.datum == "WGS84"
    local = Transformer.from_crs("EPSG:4326", "+proj=aeqd +lat_0=40.55 +lon_0=110.5 +datum=WGS84", always_xy=True)
    x, y = local.transform(*shapely.get_coordinates(layer.geometry[0]).T)
    assert (x.min(), x.max(), y.min(), y.max()) == pytest.approx((-6, 0, 0, 10), abs=1e-4)


def test_open_court_stays_open_and_covered_one_is_filled(tmp_path, catalogue):
    for covered in (False, True):
        step = converted(Step(storeys=(0.0,)))
        step.walls(0, 0, 0, 30, 30, 0, 4)
        step.walls(0, 10, 10, 20, 20, 0, 4)
        for x0, y0, x1, y1 in ((0, 0, 30, 10), (0, 20, 30, 30), (0, 10, 10, 20), (20, 10, 30, 20)):
            step.box("SLAB", 0, x0, y0, x1, y1, 4, 0.2)
        if covered:
            step.box("ROOF", 0, 9, 9, 21, 21, 4.2, 0.1)
        layer = one(step.write(tmp_path / "a.ifc"), catalogue)
        # The court is what lies inside its own walls, 0.2 m thick.
        assert layer.geometry[0].area == pytest.approx(900 if covered else 900 - 9.6**2, abs=0.01)


def test_walls_that_enclose_nothing_give_way_to_slabs(tmp_path, catalogue):
    step = converted(Step(storeys=(0.0,)))
    step.box("WALL", 0, 0, 0, 10, 0.2, 0, 3)
    step.box("WALL", 0, 0, 0, 0.2, 10, 0, 3)
    step.box("SLAB", 0, 0, 0, 10, 10, -0.2, 0.2)
    layer = one(step.write(tmp_path / "a.ifc"), catalogue)
    assert layer.geometry[0].area == pytest.approx(100)
    assert layer.columns["floors"] == [1]
    assert any("no spaces" in note.en for note in layer.notes)


def test_scattered_columns_give_a_hull_that_is_told(tmp_path, catalogue):
    step = converted(Step(storeys=(0.0,)))
    for x in (0, 10, 20):
        for y in (0, 10):
            step.box("COLUMN", 0, x, y, x + 0.5, y + 0.5, 0, 5)
    layer = one(step.write(tmp_path / "a.ifc"), catalogue)
    assert layer.geometry[0].area == pytest.approx(20.5 * 10.5)
    assert any("convex hull" in note.en for note in layer.notes)


def test_basement_is_no_floor_above_ground(tmp_path, catalogue):
    step = converted(Step(storeys=(-3.0, 0.0)))
    for storey, z in ((0, -3.0), (1, 0.0)):
        step.walls(storey, 0, 0, 10 + 5 * (1 - storey), 6, z, 3.0)
        step.box("SPACE", storey, 0.2, 0.2, 9.8, 5.8, z, 2.8)
        step.box("SLAB", storey, 0, 0, 10, 6, z - 0.2, 0.2)
    layer = one(step.write(tmp_path / "a.ifc"), catalogue)
    assert layer.columns["floors"] == [1]
    assert layer.columns["height"] == [3.0]
    assert layer.geometry[0].area == pytest.approx(60)


def test_model_without_place_says_so_and_empty_building_is_rejected(tmp_path, catalogue):
    layer = one(house(Step(storeys=(0.0, 3.0, 6.0))).write(tmp_path / "a.ifc"), catalogue)
    assert layer.datum is None
    assert layer.geometry[0].bounds == pytest.approx((0, 0, 10, 6))
    assert any("does not say where it is" in note.en for note in layer.notes)
    layer = one(Step().write(tmp_path / "b.ifc"), catalogue)
    assert len(layer) == 0
    assert [(r.row, r.object_id) for r in layer.rejections] == [(1, guid(3))]


@pytest.mark.parametrize(
    "content",
    [b"PK\x03\x04", b"hello", b"ISO-10303-21;\nHEADER;\nrubbish", HEAD.encode() + b"ENDSEC;\nEND-ISO-10303-21;\n"],
)
def test_other_contents_are_refused(tmp_path, catalogue, content):
    path = tmp_path / "a.ifc"
    path.write_bytes(content)
    with pytest.raises(SourceError, match="not a whole IFC file"):
        one(path, catalogue)


def test_without_ifcopenshell_it_says_what_to_install(tmp_path, catalogue, monkeypatch):
    path = Step().write(tmp_path / "a.ifc")
    monkeypatch.setitem(sys.modules, "ifcopenshell", None)
    with pytest.raises(SourceError) as caught:
        one(path, catalogue)
    assert "xiancheng[ifc]" in caught.value.hint.en
