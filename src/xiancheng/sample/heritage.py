"""Heritage, historic buildings, old trees, intangible heritage, and the documents that prove deliverables."""

from __future__ import annotations

import numpy as np

from xiancheng.sample.facilities import Scene, both
from xiancheng.sample.frame import AFTER, BEFORE, BOTH, COUNTY
from xiancheng.sample.names import person
from xiancheng.sample.plan import Plan, chinese_number, old_blocks

_SITES = (
    ("老城关帝庙旧址", "building", "county", "清", "old", True),
    ("老城龙王庙大殿", "building", "city", "清", "old", True),
    ("老城商号旧址", "modern", "county", "民国", "old", False),
    ("东街清真寺", "building", "county", "清", "old", True),
    ("萨拉齐火车站旧站房", "industrial", "county", "1923年", "station", True),
    ("革命烈士纪念碑", "revolutionary", "city", "1958年", "park", True),
    ("沙河石桥", "building", "undesignated", "清", "river", False),
    ("城西古城遗址", "site", "province", "北魏", "west", True),
    ("北山长城烽燧", "great_wall", "province", "赵", "north", False),
    ("北山长城墙体", "great_wall", "province", "赵", "north", True),
    ("村东古墓群", "tomb", "county", "汉", "village", False),
    ("老城历史文化街区", "historic_quarter", "county", "清至民国", "old", True),
    ("村中召庙", "building", "national", "明", "village", True),
)
_INTANGIBLE = (
    ("二人台", "drama", "national", True),
    ("萨拉齐面塑", "art", "city", True),
    ("土默特婚俗", "custom", "county", False),
    ("脑阁", "dance", "province", True),
    ("河灯会", "custom", "county", True),
    ("剪纸", "art", "province", True),
    ("羊毛毡制作技艺", "craft", "city", False),
    ("爬山调", "music", "province", True),
    ("糖麻叶制作技艺", "craft", "county", True),
    ("蒙医正骨疗法", "medicine", "city", True),
)  # fmt: skip
# Clause, kind, title, number of the document, day of issue, issuer, dates at which it exists.
_DOCUMENTS = (
    ("17.3", "平台批复", "城市信息模型（CIM）平台建设方案的批复",
     "土右政函〔2023〕41号", "2023-06-12", "旗人民政府", BOTH),
    ("17.3", "验收报告", "城市信息模型（CIM）平台验收意见",
     "土右住建发〔2025〕18号", "2025-05-20", "旗住建局", AFTER),
    ("17.8", "资源目录", "学校、医院、图书馆数字资源目录",
     "土右网信发〔2025〕6号", "2025-03-11", "旗委网信办", AFTER),
    ("18.1", "规划", "卫生健康服务体系规划（2023—2025年）",
     "土右政办发〔2023〕27号", "2023-04-28", "旗政府办", BOTH),
    ("18.3", "可研批复", "旗医院感染性疾病和重症楼项目可研批复",
     "土右发改审〔2023〕55号", "2023-08-02", "旗发改委", BOTH),
    ("18.4", "协议", "中蒙医院能力提升项目协议",
     "土右卫发〔2024〕12号", "2024-03-15", "旗卫健委", AFTER),
    ("18.8", "设备清单", "妇幼保健院设备配置清单",
     "土右卫发〔2024〕33号", "2024-09-06", "旗卫健委", AFTER),
    ("19.4", "合作协议", "职业教育产教融合校企合作协议",
     "土右教发〔2023〕29号", "2023-10-10", "旗教育局", BOTH),
    ("20.4", "实施方案", "适老化改造实施方案",
     "土右民发〔2024〕8号", "2024-02-27", "旗民政局", AFTER),
    ("20.5", "认定文件", "银发经济示范点认定通知",
     "土右民发〔2025〕15号", "2025-06-30", "旗民政局", AFTER),
    ("21.4", "规划", "全民健身设施补短板规划",
     "土右文体发〔2023〕16号", "2023-07-19", "旗文旅体育广电局", BOTH),
    ("22.1", "布局方案", "残疾人康复托养设施布局方案",
     "土右残联发〔2024〕5号", "2024-05-17", "旗残联", AFTER),
    ("22.7", "规划", "殡葬设施专项规划",
     "土右民发〔2023〕31号", "2023-11-08", "旗民政局", BOTH),
    ("23.2", "规划", "长城国家文化公园（土默特右旗段）建设保护规划",
     "土右政发〔2024〕9号", "2024-04-22", "旗人民政府", AFTER),
    ("23.4", "规划", "老城文化休闲街区建设方案", "土右政办发〔2024〕36号", "2024-07-18", "旗政府办", AFTER),
    ("23.6", "普查报告", "历史建筑普查与测绘报告",
     "土右住建发〔2023〕47号", "2023-12-05", "旗住建局", BOTH),
    ("24.1", "实施方案", "北山造林地生态廊道实施方案",
     "土右林草发〔2023〕22号", "2023-05-09", "旗林草局", BOTH),
)  # fmt: skip


def build(scene: Scene) -> None:
    """Add all of them."""
    _sites(scene)
    _historic_buildings(scene)
    _old_trees(scene)
    for name, kind, level, bearer in _INTANGIBLE:
        scene.facilities.add("intangible_heritage", name, None, COUNTY, *both(
            {"level": level, "kind": kind, "bearer": bearer}
        ))  # fmt: skip
    for clause, kind, name, number, issued, issuer, when in _DOCUMENTS:
        before, after = both(
            {"clause": clause, "kind": kind, "number": number, "issued_on": issued, "issuer": issuer}, when
        )
        scene.facilities.add("document", f"{name}（合成）", None, COUNTY, before, after)


def old_town_box(plan: Plan) -> tuple[float, float, float, float]:
    """Return the box around the old town."""
    parcels = [p for p in plan.parcels if p.block in old_blocks(plan)]
    return (min(p.x0 for p in parcels), min(p.y0 for p in parcels),
            max(p.x1 for p in parcels), max(p.y1 for p in parcels))  # fmt: skip


def _in_old_town(scene: Scene) -> tuple[float, float]:
    x0, y0, x1, y1 = old_town_box(scene.town.plan)
    x, y = scene.rng.uniform((x0 + 20, y0 + 20), (x1 - 20, y1 - 20))
    return round(float(x), 1), round(float(y), 1)


def _sites(scene: Scene) -> None:
    plan = scene.town.plan
    west, _, _, north = plan.bounds
    park = next(iter(plan.of("park")))
    villages = [v for v in scene.town.villages if v.township == 0] or scene.town.villages
    middle = float(plan.xs[plan.centre[0]])
    for i, (name, kind, level, era, where, complete) in enumerate(_SITES):
        village = villages[i % len(villages)]
        place = {
            "station": (middle + 70, plan.railway - 40),
            "park": (park.middle[0] - 20, park.middle[1] - 10),
            "river": (plan.xs[1] + 30, float(np.interp(plan.xs[1] + 30, plan.river[:, 0], plan.river[:, 1]))),
            "west": (west - 700, plan.ys[1] + 0.0),
            "north": (middle + 400 * (i - 8), north + 2100),
            "village": (village.x + village.rx * 0.8, village.y),
        }.get(where) or _in_old_town(scene)
        four = {"has_scope": complete, "has_mark": complete or i % 2 == 0, "has_archive": True, "has_keeper": complete}
        state = {"level": level, "kind": kind, "era": era, "designation_number": f"合成-{i + 1:03d}",
                 "designated_on": f"{1996 + 2 * i}-06-10", "in_use": i % 3 == 0, **four}  # fmt: skip
        full = {"has_scope": complete or i != 6, "has_mark": True, "has_keeper": i != 6, "in_use": i % 3 != 1}
        scene.facilities.add("heritage_site", name, (round(place[0], 1), round(place[1], 1)), COUNTY,
                             *both(state, **full))  # fmt: skip


def _historic_buildings(scene: Scene) -> None:
    for i in range(14):
        state: dict[str, object] = {
            "number": f"LS{i + 1:03d}",
            "year": int(scene.rng.integers(1890, 1966)),
            "plate": i % 3 != 2,
            "archive": i % 4 != 3,
            "surveyed": i % 3 == 0,
            "surveyed_on": "2023-11-20" if i % 3 == 0 else None,
            "in_use": i % 2 == 0,
        }
        later: dict[str, object] = {"plate": True, "archive": True, "surveyed": i % 7 != 6,
                 "surveyed_on": state["surveyed_on"] or (None if i % 7 == 6 else "2025-04-16")}  # fmt: skip
        scene.facilities.add("historic_building", f"老城{chinese_number(i + 1)}号历史建筑", _in_old_town(scene),
                             "萨拉齐镇老城", state, {**state, **later})  # fmt: skip


def _old_trees(scene: Scene) -> None:
    rng, plan = scene.rng, scene.town.plan
    parks = plan.of("park")
    villages = scene.town.villages
    species = ("榆树", "旱柳", "国槐", "侧柏", "油松", "文冠果")
    for i in range(28):
        if i % 3 == 0:
            place = _in_old_town(scene)
        elif i % 3 == 1:
            park = parks[i % len(parks)]
            place = scene.near(park.middle, 0.2 * (park.x1 - park.x0))
        else:
            village = villages[(i * 7) % len(villages)]
            place = (round(village.x + 15.0, 1), round(village.y - 14.0, 1))
        age = int(rng.integers(105, 290)) if i % 9 else int(rng.integers(305, 620))
        grade = "1" if age >= 500 else "2" if age >= 300 else "3"
        girth = round(age * float(rng.uniform(0.8, 1.4)) + 90)
        condition = ("good", "good", "weak", "good", "endangered")[i % 5]
        state = {"tree_number": f"150221{i + 1:05d}", "species": str(rng.choice(species)), "age": age, "grade": grade,
                 "trunk_girth": girth, "crown_diameter": round(float(rng.uniform(7, 19)), 1),
                 "tree_height": round(float(rng.uniform(8, 22)), 1), "plate": i % 6 != 5,
                 "keeper": f"{person(rng)}", "condition": condition,
                 "recognised_on": "2018-10-30" if i < 20 else "2022-04-12"}  # fmt: skip
        # One tree is felled between the two dates: the rule of clause 23.5 has something to find.
        when = BEFORE if i == 12 else BOTH
        scene.facilities.add("old_tree", f"古{state['species']}", place, "萨拉齐镇老城" if i % 3 == 0 else COUNTY,
                             *both(state, when, plate=True, age=age + 2))  # fmt: skip
