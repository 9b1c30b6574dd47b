"""pygeoapi as a peer of the benchmarks, from an environment of its own: ``pip install pygeoapi==0.21.* gunicorn``."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "site"))

from serving import free_port

_CONFIG = """
server: {{bind: {{host: 127.0.0.1, port: {port}}}, url: "http://127.0.0.1:{port}", mimetype: application/json,
  encoding: utf-8, gzip: false, languages: [en], limits: {{default_items: 10, max_items: 10000}}, admin: false,
  map: {{url: "", attribution: ""}}}}
logging: {{level: ERROR}}
metadata:
  identification: {{title: t, description: d, keywords: [k], keywords_type: theme, terms_of_service: x, url: "http://x"}}
  license: {{name: x, url: "http://x"}}
  provider: {{name: x, url: "http://x"}}
  contact: {{name: x}}
resources:
  building:
    type: collection
    title: building
    description: building
    keywords: [k]
    links: []
    extents: {{spatial: {{bbox: [-180, -90, 180, 90], crs: "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}}}}
    providers: [{provider}]
"""


@contextmanager
def pygeoapi(python: Path, provider: str, folder: Path, *more: str) -> Iterator[int]:
    """Serve the collection ``building`` with one worker of gunicorn; give the port.

    `provider` is where it reads from, as YAML in braces; `more` are further arguments of gunicorn. The files that
    pygeoapi wants are written into `folder`.
    """
    port = free_port()
    config, description = folder / "pygeoapi.yml", folder / "openapi.yml"
    config.write_text(_CONFIG.format(port=port, provider=provider))
    environment = {**os.environ, "PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(description)}
    subprocess.run(
        [python.parent / "pygeoapi", "openapi", "generate", config, "--output-file", description],
        env=environment, check=True, capture_output=True,
    )  # fmt: skip
    serving = [python.parent / "gunicorn", "-w", "1", "-t", "600", "-b", f"127.0.0.1:{port}", *more]
    with running([*serving, "pygeoapi.flask_app:APP"], environment, f"http://127.0.0.1:{port}/"):
        yield port


@contextmanager
def running(command: list[str | Path], environment: dict[str, str], address: str) -> Iterator[None]:
    """Run a server quietly from when it answers at `address`, whatever it says, until it is not needed any more."""
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(address, timeout=5).close()
                break
            except urllib.error.HTTPError:
                break
            except OSError:
                time.sleep(0.2)
        else:
            raise AssertionError(f"{address} does not answer")
        yield
    finally:
        process.terminate()
        process.wait()
