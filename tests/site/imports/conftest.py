"""Uploading through the API, and a workbook of schools with faults."""

import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

HEAD = ("标识码", "学校名称", "办学类型", "学位数", "在校生", "经度", "纬度")
ROWS = (
    ("S1", "东街小学", "小学", 600, 540, 110.5001, 40.5001),
    ("S2", "西街小学", "小学", 800, "很多", 110.5101, 40.5002),
    ("S3", "北街中学", "不知道", 900, 700, 110.5201, 40.5003),
    ("S4", None, "初中", 900, 700, 110.5301, 40.5004),
    ("S1", "重复学校", "小学", 100, 90, 110.5401, 40.5005),
    ("S6", "没有坐标的学校", "小学", 100, 90, None, None),
)


def workbook(rows=ROWS, head=HEAD):
    book = Workbook()
    book.active.append(head)
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def bring(client, *files):
    """Upload ``(name, bytes)`` pairs."""
    return client.post("/api/imports/uploads", {"files": [SimpleUploadedFile(n, c) for n, c in files]})


def choose(client, number, **choices):
    return client.put(f"/api/imports/uploads/{number}/choices", choices, content_type="application/json")


@pytest.fixture
def schools():
    return workbook()


@pytest.fixture
def today():
    return date(2026, 1, 1)
