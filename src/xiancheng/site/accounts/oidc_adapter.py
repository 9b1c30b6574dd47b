"""From an identity that the service vouches for to an account of this site, which must exist already."""

from __future__ import annotations

import logging
from typing import Any, cast

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

from xiancheng.site.accounts.models import User
from xiancheng.site.accounts.sessions import begin_session
from xiancheng.site.accounts.subjects import subject_of_browser
from xiancheng.site.audit.chain import record

logger = logging.getLogger(__name__)


class Adapter(DefaultSocialAccountAdapter):
    """Logs in by name. Nobody gets an account or a right by being known to the service."""

    def new_user(self, request: HttpRequest, sociallogin: Any) -> User:  # noqa: ANN401 - allauth has no types
        """Refuse what no database can look up, before it is looked up."""
        if "\x00" in sociallogin.account.uid:
            raise PermissionDenied
        return cast("User", super().new_user(request, sociallogin))

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:  # noqa: ANN401 - allauth has no types
        """Begin the session of the account with the same name, or refuse."""
        data = sociallogin.account.extra_data
        name = str((data.get("userinfo") or data.get("id_token") or data).get("preferred_username") or "")
        user = User.objects.filter(username=name, is_active=True).first() if name and "\x00" not in name else None
        if user is None:
            record(request, "session.refused", name, method="oidc")
            raise ImmediateHttpResponse(HttpResponseRedirect("/login?oidc=unknown"))
        begin_session(request, user)
        request.subject = subject_of_browser(user)  # type: ignore[attr-defined]
        record(request, "session.begin", method="oidc")
        wanted = str(sociallogin.state.get("next") or "/")
        safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
        raise ImmediateHttpResponse(HttpResponseRedirect(wanted if safe else "/"))

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,  # noqa: ANN401
        error: Any = None,  # noqa: ANN401
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """Say on the login page that it did not work; the log has the reason."""
        del request, provider, extra_context
        logger.warning("login with the identity service failed: %s %s", error, exception)
        raise ImmediateHttpResponse(HttpResponseRedirect("/login?oidc=failed"))
