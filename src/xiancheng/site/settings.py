"""Django's settings, from the county directory named by the environment variable XIANCHENG_COUNTY."""

from __future__ import annotations

import os
from pathlib import Path

from xiancheng.site.accounts.oidc_settings import oidc_settings
from xiancheng.site.configuration import COUNTY_VARIABLE, load_configuration, secret_key
from xiancheng.site.databases import civic_database
from xiancheng.site.hosts import served_names
from xiancheng.site.live_address import HOST_VARIABLE

COUNTY_FOLDER = Path(os.environ.get(COUNTY_VARIABLE, ".")).resolve()
SITE = load_configuration(COUNTY_FOLDER)

SECRET_KEY = secret_key(COUNTY_FOLDER) if COUNTY_VARIABLE in os.environ else os.urandom(32).hex()
DEBUG = False
SITE_HOSTS = served_names(SITE.allowed_hosts, os.environ.get(HOST_VARIABLE, ""))
ALLOWED_HOSTS = ["*"]  # Django's list has no way to say "any IP address": site/hosts.py looks at every request
ROOT_URLCONF = "xiancheng.site.urls"
WSGI_APPLICATION = "xiancheng.site.wsgi.application"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "xiancheng.site.accounts",
    "xiancheng.site.audit",
    "xiancheng.site.jobs",
    "xiancheng.site.imports",
    "xiancheng.site.access",
    "xiancheng.site.publishing",
    "xiancheng.site.cases",
]
MIDDLEWARE = [
    "xiancheng.site.compression.compress",
    "xiancheng.site.middleware.security_headers",
    "xiancheng.site.hosts.only_ours",
    "xiancheng.site.middleware.size_limits",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "xiancheng.site.middleware.language",
    "xiancheng.site.middleware.errors",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "xiancheng.site.policy.middleware.subject",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [Path(__file__).parent / "templates"],
        "OPTIONS": {"autoescape": True},
    }
]

DATABASES = {"default": civic_database(COUNTY_FOLDER, SITE.database)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 8},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

SESSION_ENGINE = "xiancheng.site.accounts.sessions"
SESSION_COOKIE_AGE = SITE.session_hours * 3600
SESSION_SAVE_EVERY_REQUEST = False
SESSION_COOKIE_NAME = "xiancheng_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = SITE.https
CSRF_COOKIE_NAME = "xiancheng_csrf"
CSRF_COOKIE_SECURE = SITE.https
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "xiancheng.site.problems.csrf_failure"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SITE.https else None
USE_X_FORWARDED_HOST = SITE.https

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = False
APPEND_SLASH = False
# The middleware that these checks miss is our own: site/middleware.py sends the same headers, and a stricter policy.
SILENCED_SYSTEM_CHECKS = ["security.W001", "security.W002"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 32 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024

if SITE.oidc is not None:
    _oidc = oidc_settings(SITE.oidc)
    INSTALLED_APPS += _oidc.apps
    MIDDLEWARE += _oidc.middleware
    globals().update(_oidc.settings)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
