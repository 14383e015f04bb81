"""Django's settings, derived from the bank home named by LIUKE_HOME.

Without LIUKE_HOME they are safe defaults (a database in memory, a key for this process), so that the type
checker and the tests can import them. LIUKE_STATE_URL overrides `state` of liuke.yaml, so that a password
need not stand in a file; LIUKE_SECRET_KEY overrides the key file.
"""

from __future__ import annotations

import os
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from liuke.settings import BankSettings, Name, read_settings
from liuke.wiring.secret import secret_key
from liuke.wiring.state_url import database_of

_PACKAGE = Path(__file__).resolve().parent.parent
HOME: Path | None = Path(os.environ["LIUKE_HOME"]).resolve() if os.environ.get("LIUKE_HOME") else None
"""The bank home, None outside one."""
BANK: BankSettings = read_settings(HOME) if HOME else BankSettings(name=Name(zh="留客", en="Liuke"))
"""The bank's settings, read once per process."""

SECRET_KEY = secret_key(HOME)
DEBUG = False
ALLOWED_HOSTS = list(BANK.console.hosts)
ROOT_URLCONF = "liuke.wiring.addresses"
WSGI_APPLICATION = None
INSTALLED_APPS = [
    "liuke.console",  # before the others, so that its templates win
    "liuke.state",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "django_htmx",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "liuke.console.middleware.ContentSecurityPolicy",
    "liuke.console.middleware.NoNullBytes",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "liuke.console.guard.SignInGuard",
    "liuke.console.middleware.Language",  # profile, then cookie, then the bank's; never the browser's
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",  # last, so that it sees the lock-out signal of the log-in view
]
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- state -----------------------------------------------------------------------------------------
_TEST_FILE = Path(tempfile.gettempdir()) / f"liuke-test-{os.getpid()}.sqlite3"
DATABASES = {"default": database_of(os.environ.get("LIUKE_STATE_URL") or BANK.state, HOME, _TEST_FILE)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# --- people ----------------------------------------------------------------------------------------
AUTH_USER_MODEL = "state.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "liuke.state.password_gate.PasswordGate",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"
# A branch shares one address and a colleague must not be able to lock another out from elsewhere:
# the pair is locked, not either part.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_LOCKOUT_CALLABLE = "liuke.console.views.entrance.locked_out"
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False  # its messages name people
AXES_ENABLE_ACCESS_FAILURE_LOG = True
AXES_ENABLE_ADMIN = False
AXES_USERNAME_CALLABLE = "liuke.state.login_watch.counted_name"
# What is typed into these fields is starred in axes' own tables; the password's field it knows.
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "code", "state", "csrfmiddlewaretoken"]

# --- the browser's side ----------------------------------------------------------------------------
_HTTPS = BANK.console.https
SESSION_COOKIE_AGE = int(BANK.sign_in.sessions.longest.total_seconds())
SESSION_COOKIE_NAME = "__Host-sessionid" if _HTTPS else "sessionid"  # no neighbouring host can plant one
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _HTTPS
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_NAME = "__Host-csrftoken" if _HTTPS else "csrftoken"
CSRF_COOKIE_HTTPONLY = False  # htmx sends the token in a header; it comes from the page, not from the cookie
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = _HTTPS
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS if _HTTPS and not host.startswith("[")]
SECURE_SSL_REDIRECT = _HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BANK.console.behind_proxy else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True  # the built files lie in the package; no collectstatic step
WHITENOISE_AUTOREFRESH = False

# --- language and time -----------------------------------------------------------------------------
USE_TZ = True
TIME_ZONE = BANK.time_zone
USE_I18N = True
LANGUAGE_CODE = BANK.locale
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [str(_PACKAGE / "console" / "locale")]

CSRF_FAILURE_VIEW = "liuke.console.views.errors.csrf_failed"
WHITENOISE_IMMUTABLE_FILE_TEST = r"/dist/[\w-]+[.-][0-9A-Z]{8}\."

LOGGING_CONFIG = None  # cli.logs configures structlog; Django's own handlers would print personal data
