"""Writes the sample county's source files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from xiancheng.city.classes import load_catalogue
from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.progress import Progress, Silent
from xiancheng.foundation.text import Text
from xiancheng.sample.bureaus import Bureaus
from xiancheng.sample.establish import build_facilities
from xiancheng.sample.faults import Faults
from xiancheng.sample.frame import AFTER, BEFORE, DATES
from xiancheng.sample.manifest import SourceFile, write_manifest
from xiancheng.sample.osm import extract, write
from xiancheng.sample.survey import Survey
from xiancheng.sample.town import build_town
from xiancheng.sample.trees import components, street_trees
from xiancheng.sample.utilities import base_stations, meters

FEWEST = 1_000
MOST = 2_000_000
OSM_CLASSES = ("building", "road", "green_space", "waterway")
"""What is taken from OpenStreetMap; of all else the bureaus' registers know more."""

_README = """\
土默特右旗（合成样本）
======================
本目录的全部文件都是合成数据，由程序生成，仅供演示和测试，不反映任何真实的人、建筑或机构。
县名、区划代码、乡镇名称和 2020 年普查总数取自公开资料；县城内部的街道、建筑、设施、人口分布均为虚构。
人口规模：县城 {people:,} 人；随机种子：{seed}。两期：2023-12-31 与 2025-12-31。

import.toml   按次序导入的文件及其要素类、坐标基准、列对应
faults.json   有意埋设的错误
2023/ 2025/   两期源文件：OSM PBF、Excel（合并表头）、SHP（GBK，CGCS2000 高斯-克吕格 111°）、CSV（GBK，GCJ-02）、GeoJSON

Tumed Right Banner (synthetic sample)
=====================================
All files here are synthetic: a program made them, for demonstration and tests; they tell nothing of any real person,
building or institution. The county's name, codes, townships and the totals of the 2020 census are public figures; the
inside of the town is made up. {people:,} residents in the seat; seed {seed}; two dates, 2023-12-31 and 2025-12-31.
"""


@dataclass(frozen=True)
class SampleSources:
    """What was written.

    Attributes
    ----------
    folder
        Where.
    files
        In the order of their import.
    counts
        How many there are of some things at the second date: buildings, roads, dwellings, residents.
    """

    folder: Path
    files: tuple[SourceFile, ...]
    manifest: Path
    faults: Path
    counts: Mapping[str, int]


def write_sources(
    folder: Path, *, people: int = 100_000, seed: int = 1, progress: Progress | None = None
) -> SampleSources:  # fmt: skip
    """Write the source files of a synthetic county, of two dates, into `folder`.

    Parameters
    ----------
    people
        Residents of the county seat at the second date; the villages have 1.37 times as many.
    seed
        The same seed gives the same bytes.

    Raises
    ------
    XianchengError
        If `people` is not between 1,000 and 2,000,000, or `seed` is negative.
    """
    if not FEWEST <= people <= MOST or seed < 0:
        raise XianchengError(
            Text(
                f"样本县城人口须在 {FEWEST:,} 与 {MOST:,} 之间，种子不小于 0",
                f"the sample's seat has between {FEWEST:,} and {MOST:,} people, and a seed of at least 0",
            )
        )
    told = progress or Silent()
    told.step(Text("规划县城", "laying out the town"))
    town = build_town(people, seed)
    faults = Faults()
    catalogue = load_catalogue()
    folder.mkdir(parents=True, exist_ok=True)
    folders = [folder / str(on.year) for on in DATES]
    names = [f"tumed_right_{on.year}.osm.pbf" for on in DATES]
    paths = (f"{folders[0].name}/{names[0]}", f"{folders[1].name}/{names[1]}")
    drawn = extract(town, faults, paths)
    told.step(Text("布置设施", "placing facilities"))
    facilities = build_facilities(town)
    survey = Survey(town, facilities, catalogue, faults)
    bureaus = Bureaus(
        town, drawn, facilities, catalogue, faults,
        trees=street_trees(town), parts=components(town), meters=meters(town), stations=base_stations(town),
    )  # fmt: skip
    files: list[SourceFile] = []
    for which, (target, name) in enumerate(zip(folders, names, strict=True)):
        target.mkdir(exist_ok=True)
        told.step(Text(f"写出 {DATES[which].year} 年源文件", f"writing the source files of {DATES[which].year}"), 3)
        surveyed = survey.write(target, which)
        told.advance()
        write(drawn, target / name, which)
        told.advance()
        osm = SourceFile(paths[which], "osm", DATES[which], classes=OSM_CLASSES)
        files += [surveyed[0], osm, *surveyed[1:], *bureaus.write(target, which)]
        told.advance()
    (folder / "README.txt").write_text(_README.format(people=people, seed=seed), encoding="utf-8")
    b = town.buildings
    counts = {
        "buildings": int(((b.when & AFTER) > 0).sum()),
        "buildings_before": int(((b.when & BEFORE) > 0).sum()),
        "dwellings": int(b.dwellings[(b.when & AFTER) > 0].sum()),
        "roads": sum("highway" in line.tags and bool(line.when & AFTER) for line in town.lines),
        "villages": len(town.villages),
        "residents": town.residents[1].total,
    }
    return SampleSources(folder, tuple(files), write_manifest(folder, files), faults.write(folder), counts)
