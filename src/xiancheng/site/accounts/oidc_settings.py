"""Django's settings for logging in with an identity service, if one is configured."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

from xiancheng.foundation.errors import ConfigError
from xiancheng.foundation.text import Text
from xiancheng.site.configuration import Oidc

PROVIDER = "openid_connect"
SERVICE = "county"


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """What is added to Django's settings."""

    apps: list[str] = field(default_factory=list)
    middleware: list[str] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)


def oidc_settings(oidc: Oidc) -> OidcSettings:
    """Return the settings of django-allauth for one service.

    Raises
    ------
    ConfigError
        If django-allauth is not installed, or the secret is not in the environment.
    """
    if find_spec("allauth") is None:
        raise ConfigError(
            Text("配置了 [site.oidc]，但没有安装 django-allauth", "[site.oidc] needs django-allauth"),
            Text("运行 pip install 'xiancheng[oidc]'", "run pip install 'xiancheng[oidc]'"),
        )
    secret = os.environ.get(oidc.key_variable, "")
    if not secret:
        raise ConfigError(
            Text(
                f"[site.oidc] 的密钥没有给出：环境变量 {oidc.key_variable}",
                f"[site.oidc]: the variable {oidc.key_variable} is empty",
            ),
            Text("在启动服务的环境中设置它", "set it in the environment of the service"),
        )
    return OidcSettings(
        apps=["allauth", "allauth.account", "allauth.socialaccount", "allauth.socialaccount.providers.openid_connect"],
        middleware=["allauth.account.middleware.AccountMiddleware"],
        settings={
            "SOCIALACCOUNT_ADAPTER": "xiancheng.site.accounts.oidc_adapter.Adapter",
            "SOCIALACCOUNT_LOGIN_ON_GET": True,
            "SOCIALACCOUNT_STORE_TOKENS": False,
            "SOCIALACCOUNT_PROVIDERS": {
                PROVIDER: {
                    "OAUTH_PKCE_ENABLED": True,
                    "APPS": [
                        {
                            "provider_id": SERVICE,
                            "name": oidc.name,
                            "client_id": oidc.client_id,
                            "secret": secret,
                            "settings": {"server_url": oidc.server_url},
                        }
                    ],
                }
            },
            "ACCOUNT_USER_MODEL_EMAIL_FIELD": None,
            "ACCOUNT_EMAIL_VERIFICATION": "none",
            "ACCOUNT_LOGIN_METHODS": {"username"},
            "ACCOUNT_SIGNUP_FIELDS": ["username*", "password1*"],
        },
    )
