"""What a county has, as values for the parameters of its API: figures, tiles, a change, an import, uploads …"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from .walking import Story

DAY = date(2025, 12, 31)
JSON = "application/json"
PLACE = {"type": "Point", "coordinates": [110.52, 40.55]}
GREEN = {
    "type": "Polygon",
    "coordinates": [[[110.51, 40.54], [110.514, 40.54], [110.514, 40.544], [110.51, 40.544], [110.51, 40.54]]],
}
NAMED = {
    "from": "2023-12-31",
    "to": DAY.isoformat(),
    "on": DAY.isoformat(),
    "date": DAY.isoformat(),
    "clause": "24.2",
    "indicator": "park-500m",
    "bbox": "110.4,40.4,110.7,40.7",
    "window": [110.4, 40.4, 110.7, 40.7],
    "params": {"of": ["park"], "metres": 500},
    "where": "",
    "ages": ["age_6_11"],
    "datum": "CGCS2000",
    "area_m2": 5000,
    "tileMatrixSetId": "WebMercatorQuad",
    "tileMatrix": 14,
    "tileRow": 6169,
    "tileCol": 13221,
    "version": "2023-12-31",
    "column": "办学层次",
    "attribute": "level",
    "valid_from": "2026-02-01",
    "reason": "扩建",
}
"""What a generated value would hardly ever hit."""


class Teller:
    """Asks the API as an administrator to bring about what the stories are of."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def stories(self) -> list[Story]:
        """Return a story of a school and one of a park, with everything that the county has beside them."""
        school = self._of("school", "XX0001", PLACE, {"pupils": 500})
        park = self._of("park", self._read("registers/park/items?limit=1")["items"][0]["object_id"], GREEN, {})
        change = self._send("patch", "registers/school/items/XX0001", {
            "attributes": {"pupils": 501}, "valid_from": "2026-01-01", "reason": "r", "expected": school["expected"](),
        })["change"]  # fmt: skip
        shared = {**NAMED, **self._made()}
        imported, waiting, checked = self._imported(), self._upload(), self._checked("park")
        edits = [{"op": "add", "class": "park", "id": "new", "geometry": GREEN}]
        return [
            shared | school | {"change_id": change, "upload_id": waiting},
            shared | park | {"change_id": imported, "upload_id": checked, "edits": edits},
        ]

    def _of(self, name: str, number: str, geometry: dict[str, Any], attributes: dict[str, Any]) -> Story:
        def version() -> str:
            return str(self._read(f"registers/{name}/items/{number}")["version"])

        return {
            "class_name": name, "class": name, "feature_class": name, "collection": name, "collectionId": name,
            "classes": [name], "object_id": number, "featureId": number, "id": number, "object_ids": [number],
            "geometry": geometry, "attributes": attributes, "expected": version, "name": "access.residents_within",
        }  # fmt: skip

    def _made(self) -> Story:
        """Have figures and tiles made and a day published; return the numbers of what there is then."""
        from xiancheng.foundation.progress import Silent
        from xiancheng.site.accounts.models import Token, Unit, User
        from xiancheng.site.assessments.work import assess_snapshots
        from xiancheng.site.jobs.running import run_pending
        from xiancheng.site.policy.subject import Subject

        assess_snapshots({}, Subject(), Silent())
        self._send("post", "publishing", {"date": DAY.isoformat(), "note": ""})
        run_pending()
        self._read("tiles")
        jobs = run_pending()
        other = User.objects.exclude(username="fuzz").first()
        assert other is not None
        return {
            "account_id": other.pk,
            "unit_id": Unit.objects.values_list("pk", flat=True)[0],
            "token_id": Token.objects.create(user=other, name="spare", prefix="x", digest="x", scopes=[]).pk,
            "scenario_id": self._send("post", "access/scenarios", {"name": "s", "edits": []})["id"],
            "publication_id": self._read("publishing")["items"][0]["id"],
            "job_id": jobs[0].pk,
            "number": 1,
            **dict.fromkeys(("content_hash", "contentHash"), self._read("tiles")["snapshots"][-1]["hash"]),
        }

    def _imported(self) -> int:
        from xiancheng.site.jobs.running import run_pending

        upload = self._upload()
        self._send("post", f"imports/uploads/{upload}/commit", {})
        run_pending()
        return int(self._read(f"imports/uploads/{upload}")["change_id"])

    def _upload(self) -> int:
        """Bring a table of schools and say what it is, up to the preview."""
        from xiancheng.site.jobs.running import run_pending

        table = "编号,学校名称,办学层次,经度,纬度\nN1,新学校,小学,110.52,40.55\nN2,坏学校,没有这种,110.53,40.55\n"
        file = SimpleUploadedFile("schools.csv", table.encode())
        answer = self.client.post("/api/imports/uploads", {"files": [file]})
        number = int(answer.json()["id"])
        said = {"feature_class": "school", "datum": "CGCS2000", "source": "schools", "valid_from": "2026-01-01"}
        self._send("put", f"imports/uploads/{number}/choices", {**said, "partial": True, "reason": "r"})
        self._send("post", f"imports/uploads/{number}/preview", {})
        run_pending()
        return number

    def _checked(self, name: str) -> int:
        """Bring a register's own workbook; return the number of its check."""
        from xiancheng.site.jobs.running import run_pending

        sheet = self.client.get(f"/api/registers/{name}/export?format=xlsx").content
        answer = self.client.post(f"/api/registers/{name}/uploads", {"file": SimpleUploadedFile("r.xlsx", sheet)})
        run_pending()
        return int(answer.json()["job"])

    def _read(self, path: str) -> Any:
        answer = self.client.get(f"/api/{path}")
        assert answer.status_code == 200, answer.content
        return answer.json()

    def _send(self, method: str, path: str, body: Any) -> Any:
        answer = getattr(self.client, method)(f"/api/{path}", body, content_type=JSON)
        assert answer.status_code < 300, (path, answer.content.decode())
        return answer.json()
