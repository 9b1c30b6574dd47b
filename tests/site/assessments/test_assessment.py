"""Figures by the API are those of the command line; filters are brute force; nothing is computed twice."""

from __future__ import annotations

import pytest

from xiancheng.site.assessments import schemas

URL = "/api/programme/assessment"
SHARED = ("status", "measure", "params", "target", "value", "unit", "gap", "missing", "note", "certainty", "trend")


def test_every_figure_is_that_of_the_command_line(assessed, log_in, by_command_line):
    answer = log_in("leader").get(URL)
    assert answer.status_code == 200
    found = answer.json()
    for key in by_command_line.keys() - {"clauses", "population", "articles"}:
        assert found[key] == by_command_line[key], key
    assert len(found["clauses"]) == len(by_command_line["clauses"]) > 50
    for mine, theirs in zip(found["clauses"], by_command_line["clauses"], strict=True):
        for key in theirs.keys() - {"indicators"}:
            assert mine[key] == theirs[key]
        for a, b in zip(mine["indicators"], theirs["indicators"], strict=True):
            assert {k: a[k] for k in SHARED} == {k: b[k] for k in SHARED}
            assert (a["places"] or {"total": 0})["total"] == (b["measurement"] or {"short_total": 0})["short_total"]


def test_details_are_those_of_the_command_line(assessed, log_in, by_command_line):
    client = log_in("leader")
    for clause in by_command_line["clauses"]:
        found = client.get(f"/api/programme/clauses/{clause['id']}").json()
        for mine, theirs in zip(found["indicators"], clause["indicators"], strict=True):
            if theirs["measurement"] is None:
                assert mine["measurement"] is None
                continue
            behind = {k: v for k, v in mine["measurement"].items() if k not in {"words", "short"}}
            assert behind == {k: v for k, v in theirs["measurement"].items() if k != "short"}


def test_answers_fit_their_schemas(assessed, log_in):
    client = log_in("leader")
    schemas.AssessmentOut.model_validate(client.get(URL).json())
    schemas.ProgrammesOut.model_validate(client.get("/api/programme").json())
    schemas.MeasuresOut.model_validate(client.get("/api/programme/measures").json())
    for clause in ("17.1", "17.4", "24.2", "19.1"):
        detail = client.get(f"/api/programme/clauses/{clause}").json()
        schemas.ClauseDetailOut.model_validate(detail)
        assert set(detail) == {f.alias or n for n, f in schemas.ClauseDetailOut.model_fields.items()}


@pytest.mark.parametrize("status", [None, "short", "met"])
@pytest.mark.parametrize("article", ["", "24"])
@pytest.mark.parametrize("bureau", ["", "education", "urban_management"])
def test_filters_equal_brute_force(assessed, log_in, by_command_line, bureau, article, status):
    query = {k: v for k, v in {"bureau": bureau, "article": article, "status": status}.items() if v}
    found = log_in("leader").get(URL, query).json()
    expected = [
        c["id"]
        for c in by_command_line["clauses"]
        if (not bureau or bureau in c["bureaus"])
        and (not article or c["id"].split(".")[0] == article)
        and (not status or c["status"] == status)
    ]
    assert [c["id"] for c in found["clauses"]] == expected
    assert sum(found["counts"].values()) == len(expected)


def test_an_earlier_date_has_the_earlier_figures(assessed, log_in):
    client = log_in("leader")
    now, then = client.get(URL).json(), client.get(URL, {"on": "2024-06-30"}).json()
    assert then["snapshot_as_of"] == "2023-12-31"
    for a, b in zip(now["clauses"], then["clauses"], strict=True):
        for x, y in zip(a["indicators"], b["indicators"], strict=True):
            if x["trend"]:
                assert y["value"] == x["trend"][0]["value"]
    assert client.get(URL, {"on": "2001-01-01"}).status_code == 404


@pytest.mark.parametrize("query", [{"bureau": "no"}, {"article": "99"}, {"programme": "other"}])
def test_unknown_names_are_not_found(assessed, log_in, query):
    assert log_in("leader").get(URL, query).status_code == 404


def test_wrong_status_is_refused(assessed, log_in):
    assert log_in("leader").get(URL, {"status": "good"}).status_code == 422


def test_those_without_the_permission_are_refused(assessed, log_in, client):
    assert client.get(URL).status_code == 401
    assert log_in("inspector").get(URL).status_code == 403


def test_gap_in_words_is_what_it_takes(assessed, log_in):
    found = log_in("leader").get(URL).json()
    rows = {(c["id"], i["id"]): i for c in found["clauses"] for i in c["indicators"]}
    detail = {i["id"]: i for i in log_in("planner").get("/api/programme/clauses/24.2").json()["indicators"]}
    park, behind = rows["24.2", "park-500m"], detail["park-500m"]["measurement"]
    assert park["status"] == "short"
    lacking = behind["denominator"] - behind["numerator"]
    assert park["shortfall"] == pytest.approx(lacking)
    assert park["words"]["shortfall"]["en"].endswith("residents short")


class TestComputing:
    """Before the figures of a snapshot are computed there is a job; afterwards nothing is computed again."""

    def test_job_then_figures(self, unassessed, log_in):
        from xiancheng.site.jobs.models import Event, Job
        from xiancheng.site.jobs.running import run_pending

        client = log_in("leader")
        first, second = client.get(URL), client.get(URL)
        assert (first.status_code, second.status_code) == (202, 202)
        schemas.ComputingOut.model_validate(first.json())
        assert first.json()["job"]["id"] == second.json()["job"]["id"]
        assert first.json()["pending"] == ["2023-12-31", "2025-12-31"]
        assert client.get("/api/programme/export.csv").status_code == 409
        (job,) = run_pending()
        assert job.state == Job.State.DONE
        assert Event.objects.filter(topic="assessed").count() == 1
        assert client.get(URL).status_code == 200
        assert Job.objects.filter(kind="assess").count() == 1

    def test_what_is_kept_is_read_and_not_computed(self, assessed, monkeypatch):
        from xiancheng.site.assessments import current, figures
        from xiancheng.site.county import programme

        monkeypatch.setattr(figures, "run_measure", None)
        current._assessed.clear()
        figures._loaded.clear()
        assert current.standing().assessment is not None
        wanted = figures.wanted_by([programme()])
        for outline in current.outlines():
            assert figures.compute_figures(outline, wanted) == 0

    def test_two_processes_do_not_compute_the_same(self, unassessed):
        import subprocess
        import sys

        code = (
            "import sys; from pathlib import Path; from xiancheng.site.setup import start_django;"
            "start_django(Path(sys.argv[1]));"
            "from xiancheng.site.assessments import current, figures;"
            "from xiancheng.site.county import catalogue, county, programme;"
            "from xiancheng.city.publish import open_snapshot;"
            "day = current.outlines()[0].as_of; wanted = figures.wanted_by([programme()]);"
            "wanted = {k: wanted[k] for k in sorted(wanted)[:12]};"
            "print(figures.compute_figures(open_snapshot(county(), catalogue(), day), wanted))"
        )
        running = [
            subprocess.Popen([sys.executable, "-c", code, str(unassessed)], stdout=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        counts = sorted(int(process.communicate()[0]) for process in running)
        assert counts[0] == 0
        assert counts[1] == 12

    def test_a_failed_job_is_not_begun_again_by_looking(self, unassessed, log_in, monkeypatch):
        from xiancheng.foundation.errors import XianchengError
        from xiancheng.foundation.text import Text
        from xiancheng.site.assessments import work
        from xiancheng.site.jobs.running import run_pending

        def fails(*args):
            raise XianchengError(Text("不行", "it does not work"))

        client = log_in("programme_office")
        monkeypatch.setattr(work, "compute_figures", fails)
        client.get(URL)
        run_pending()
        answer = client.get(URL)
        assert answer.status_code == 202
        assert answer.json()["job"]["state"] == "failed"
        assert answer.json()["job"]["error"]["message"]["en"] == "it does not work"
        again = client.post(URL).json()
        assert again["state"] == "waiting"
        assert again["id"] != answer.json()["job"]["id"]
        assert log_in("leader").post(URL).status_code == 403
