"""The WSGI application that granian serves."""

from __future__ import annotations

import multiprocessing
import os

from django.core.wsgi import get_wsgi_application

from xiancheng.site.orphans import end_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiancheng.site.settings")
application = get_wsgi_application()
if multiprocessing.parent_process() is not None:
    from xiancheng.site.access.standing import keep_ready

    end_with_parent()
    keep_ready()
