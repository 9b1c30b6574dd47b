"""The router that the modules of the imports' API share."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router

from xiancheng.foundation.text import Text
from xiancheng.site.imports.models import Upload
from xiancheng.site.policy.needs import subject_of
from xiancheng.site.problems import NotFoundError

router = Router(tags=["imports"])
MOST_ID = 2**63 - 1


def own_upload(request: HttpRequest, upload_id: int) -> Upload:
    """Return an upload of the person who asks.

    Raises
    ------
    NotFoundError
        If they have none of this number.
    """
    owner = subject_of(request).user_id
    found = Upload.objects.filter(pk=upload_id, owner_id=owner).first() if upload_id <= MOST_ID else None
    if found is None:
        raise NotFoundError(Text("没有这个上传", "no such upload"))
    return found
