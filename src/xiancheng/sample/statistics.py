"""Figures that bureaus report and no register holds."""

from __future__ import annotations

from typing import Any

from xiancheng.sample.frame import CODE, DATES
from xiancheng.sample.town import Town

PERSONS_PER_HOUSEHOLD = 2.13
"""2020 census of the county."""


def statistics_rows(town: Town, which: int) -> list[list[Any]]:
    """Return number, indicator, name, area, value, unit, year and bureau of each figure at date number `which`."""
    residents = town.residents[which]
    households = round(residents.total / PERSONS_PER_HOUSEHOLD)
    senior = residents.band("age_15_17")
    villagers = int(residents.rural.sum())
    doctors = max(3, round(villagers / 1000 * (0.92, 1.04)[which]))
    three_to_five = residents.band("age_3_5")
    figures: tuple[tuple[str, str, float, str, str], ...] = (
        ("senior_secondary_pupils", "高中阶段在校生", round(senior * (0.941, 0.966)[which]), "人", "旗教育局"),
        ("vocational_pupils", "中等职业学校在校生", round(senior * (0.31, 0.33)[which]), "人", "旗教育局"),
        ("migrant_children_enrolled", "随迁子女在校生", round(senior * (0.11, 0.12)[which]), "人", "旗教育局"),
        ("kindergarten_children", "在园幼儿", round(three_to_five * (0.90, 0.92)[which]), "人", "旗教育局"),
        ("households", "户数", households, "户", "旗统计局"),
        ("tv_households", "有线和直播卫星电视用户", round(households * 0.83), "户", "旗文旅体育广电局"),
        ("hdtv_households", "高清电视用户", round(households * (0.70, 0.805)[which]), "户", "旗文旅体育广电局"),
        ("village_doctors", "在岗乡村医生", doctors, "人", "旗卫健委"),
        ("village_doctors_paid", "足额领取补助的乡村医生", round(doctors * (0.93, 1.0)[which]), "人", "旗卫健委"),
        ("village_doctors_insured", "参加养老保险的乡村医生", round(doctors * (0.81, 0.97)[which]), "人", "旗卫健委"),
        ("county_inpatients", "县域内住院人次", round(residents.total * (0.118, 0.131)[which]), "人次", "旗医保局"),
        ("inpatients", "参保人员住院人次", round(residents.total * (0.139, 0.146)[which]), "人次", "旗医保局"),
        ("broadband_500m_users", "500M及以上宽带用户", round(households * (0.29, 0.41)[which]), "户", "旗工信局"),
    )
    return [
        [f"TJ{i + 1:03d}", code, name, CODE, value, unit, DATES[which].year, bureau]
        for i, (code, name, value, unit, bureau) in enumerate(figures)
    ]
