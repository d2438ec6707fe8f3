"""Settings of the site, from the environment only.

`SUYUAN_DATA`: the data folder (documents, records, key); without it nothing is remembered: records live in memory and
the key lasts as long as the process. `SUYUAN_DEMO=1`: roles instead of passwords, on loopback only.
`SUYUAN_HOSTS`: further host names, comma-separated. `SUYUAN_DEBUG=1`: Django's own error pages.
`SUYUAN_TIME_ZONE`: in which a day begins, default Asia/Shanghai; the terminal reads the same (`store.zone`).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from suyuan.site.secret import secret_key
from suyuan.store.zone import zone_name

DATA: Path | None = Path(os.environ["SUYUAN_DATA"]).resolve() if os.environ.get("SUYUAN_DATA") else None
DEMO = os.environ.get("SUYUAN_DEMO") == "1"
DEBUG = os.environ.get("SUYUAN_DEBUG") == "1"

SECRET_KEY = secret_key(DATA)
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
if not DEMO:
    ALLOWED_HOSTS += [host.strip() for host in os.environ.get("SUYUAN_HOSTS", "").split(",") if host.strip()]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "suyuan.site.records",
    "suyuan.site.web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "suyuan.site.web.policy.ContentPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "suyuan.site.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "suyuan.site.web.parts.foreign.ForeignMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "suyuan.site.web.reach.ReaderMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "suyuan.site.web.days.DayMiddleware",
    "suyuan.site.web.shell.RefusedMiddleware",
]
ROOT_URLCONF = "suyuan.site.urls"
WSGI_APPLICATION = "suyuan.site.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "suyuan.site.web.shell.shell",
            ],
            "builtins": ["suyuan.site.web.templatetags.suyuan"],
        },
    }
]

# SQLite as an institute of some fifty people needs it: many readers beside one writer (WAL), a writer asks for its
# lock at once (IMMEDIATE) and waits for it, so that two of them never fail each other.
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(DATA / "site.sqlite3") if DATA else ":memory:",
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LOGIN_URL = "enter" if DEMO else "login"
LOGIN_REDIRECT_URL = "start"
LOGOUT_REDIRECT_URL = LOGIN_URL
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
CSRF_FAILURE_VIEW = "suyuan.site.web.shell.forged"
SESSION_COOKIE_NAME = "suyuan_session"
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "suyuan_csrf"
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = zone_name()

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True  # static files are served from the packages themselves: nothing to collect
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MAX_AGE = 0 if DEBUG else 600

DATA_UPLOAD_MAX_MEMORY_SIZE = 32 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 500

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False}},
}
