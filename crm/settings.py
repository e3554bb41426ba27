"""Every setting of the product, read from the environment once, typed, and failing loudly.

Nothing here is secret: what is comes from the environment. Without any variable the product runs on one machine with a
private database and broker (`core.embedded`) and a secret key kept in `.local/`.
"""

import os
import re
import secrets
from pathlib import Path

import django_stubs_ext
import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from core.embedded import celery_broker_url, embedded_database_url, embedded_redis_url
from core.private_files import made_once

# Lets generic classes of Django be written with their type, as in ModelAdmin[Customer].
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
LOCAL_DIR = BASE_DIR / ".local"

env = environ.Env()

# --- where it runs ----------------------------------------------------------------------------------------------------

DEBUG = env.bool("CRM_DEBUG", False)
# Behind TLS: cookies only over https, HSTS, redirect. Off on a laptop, where `run.py up` serves plain http on loopback.
HTTPS = env.bool("CRM_HTTPS", False)
SECRET_KEY = env.str("CRM_SECRET_KEY", "") or made_once(LOCAL_DIR / "secret_key", lambda: secrets.token_urlsafe(64))
if len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("CRM_SECRET_KEY is shorter than 50 characters: set a longer one, or unset it.")
ALLOWED_HOSTS = env.list("CRM_ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
# Where people find it: what links in mails begin with. Without it a mail that nobody's request sends carries none.
SITE_ADDRESS = env.str("CRM_SITE_ADDRESS", "").rstrip("/")
if SITE_ADDRESS and not re.fullmatch(r"https?://[^/?#\s@]+", SITE_ADDRESS):
    raise ImproperlyConfigured(f"CRM_SITE_ADDRESS is {SITE_ADDRESS!r}: write it like https://crm.example.org")
CSRF_TRUSTED_ORIGINS = env.list("CRM_TRUSTED_ORIGINS", default=[])

ROOT_URLCONF = "crm.urls"
WSGI_APPLICATION = "crm.wsgi.application"

INSTALLED_APPS = [
    "core",
    "accounts",
    "protection",
    "notifications",
    "jobs",
    "customers",
    "surveys",
    "imports",
    "analytics",
    "privacy",
    "reports",
    "api",
    "operations",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    "lucide",
    "template_partials",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "operations.middleware.ObservationMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "core.once_a_request.keep_for_the_request",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.LoginRequiredMiddleware",
    "accounts.middleware.PreferencesMiddleware",
    "accounts.middleware.SecondFactorMiddleware",
    "protection.audit.middleware.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "core.fragment_messages.messages_to_toasts",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.context.page",
                "crm.navigation.navigation",
                "notifications.context.bell",
            ],
            "builtins": ["core.templatetags.ui"],
        },
    }
]

# --- storage ----------------------------------------------------------------------------------------------------------

DATABASE_URL = env.str("DATABASE_URL", "") or embedded_database_url(LOCAL_DIR)
REDIS_URL = env.str("REDIS_URL", "") or embedded_redis_url(LOCAL_DIR)
BROKER_URL = celery_broker_url(REDIS_URL)

DATABASES = {"default": env.db_url_config(DATABASE_URL)}
DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = False
# A connection that a restarted server left behind is replaced before anybody's page meets it.
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if env.bool("CRM_DB_POOL", False):  # the web server sets it; a worker that forks must not share a pool
    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {"min_size": 1, "max_size": 8, "timeout": 10}
    # A page is answered by one process of the database: several take more in all, from everybody else.
    DATABASES["default"]["OPTIONS"].setdefault("options", "-c max_parallel_workers_per_gather=0")
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CRM_CONN_MAX_AGE", 60)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Facts of the analyses as Parquet; shared by web and workers.
SNAPSHOT_DIR = env.path("CRM_SNAPSHOT_DIR", default=str(LOCAL_DIR / "snapshots"))
# What one analysis may take of the machine; facts that do not fit in the memory go through SNAPSHOT_DIR/spill.
ANALYTICS_THREADS = env.int("CRM_ANALYTICS_THREADS", os.cpu_count() or 1)
ANALYTICS_MEMORY = env.str("CRM_ANALYTICS_MEMORY", "1GB")
# Files of one person, for those who asked for them: packages of a customer's data. Shared by web and workers.
FILES_DIR = env.path("CRM_FILES_DIR", default=str(LOCAL_DIR / "files"))
# Who was erased, by number: told to a database that is restored from before. Back it up apart from the database.
TOMBSTONE_FILE = env.path("CRM_TOMBSTONE_FILE", default=str(LOCAL_DIR / "tombstones.jsonl"))

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": "crm"}
}

# --- people -----------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "reports:home"
LOGOUT_REDIRECT_URL = "accounts:login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# Sessions are rows that know whose they are: ending one is deleting it (accounts.sessions).
SESSION_ENGINE = "accounts.sessions"
PASSWORD_RESET_TIMEOUT = 3 * 86400

# Login by django-allauth, of which accounts.login_urls has the pages. Only admins make accounts.
ACCOUNT_ADAPTER = "protection.logins.LoggedAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
# allauth's own generator would fill its table of addresses, which would then go on knowing an address that was changed.
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_FORMS = {
    "login": "accounts.login_forms.LoginForm",
    "reauthenticate": "accounts.login_forms.ReauthenticateForm",
    "change_password": "accounts.login_forms.ChangePasswordForm",
    "reset_password": "accounts.login_forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.login_forms.ResetPasswordKeyForm",
}
# Counted in the cache. A failed login counts for the address it came from and for the account it names.
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
    "reset_password": "20/m/ip,5/h/key",
    "reset_password_from_key": "20/m/ip",
}
# How many proxies of ours add to X-Forwarded-For. 0: the header is not believed.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("CRM_TRUSTED_PROXIES", 0)
MFA_ADAPTER = "protection.mfa.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_ALLOW_UNVERIFIED_EMAIL = True  # an admin gave the address
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "accounts.login_forms.AuthenticateForm",
    "reauthenticate": "accounts.login_forms.ReauthenticateByCodeForm",
    "activate_totp": "accounts.login_forms.ActivateForm",
}

# Without a mail server, mails go to the console, and an admin is shown the link that would have been sent.
EMAIL_URL = env.str("CRM_EMAIL_URL", "")
HAS_MAIL_SERVER = bool(EMAIL_URL)
vars().update(env.email_url_config(EMAIL_URL or "consolemail://"))
EMAIL_TIMEOUT = 10
# What draws pictures into mails, with its arguments; "" where it is looked for, "none" for no pictures.
CHROMIUM = env.str("CRM_CHROMIUM", "")
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("CRM_EMAIL_FROM", "crm@localhost")

# --- language, time, files --------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = (("en", _("English")), ("zh-hans", _("Simplified Chinese")))
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
# What is stored and logged is UTC; a person sees the zone of their profile, a day is the organisation's (core.dates).
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "core.staticfiles.PlotlyFinder",
]
# Without a collected folder (a laptop, the tests) whitenoise serves straight from the finders.
WHITENOISE_USE_FINDERS = not STATIC_ROOT.exists()
if STATIC_ROOT.exists():
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }

# --- protection -------------------------------------------------------------------------------------------------------

# Plotly's toolbar sets an empty style attribute; this is the hash of the empty string.
EMPTY_STYLE_HASH = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF, EMPTY_STYLE_HASH],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
# Keys of encrypted fields (protection.keys): "id:key,id:key", the first encrypts. Empty: a private file in LOCAL_DIR.
FIELD_KEYS = env.str("CRM_FIELD_KEYS", "")
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "core.csrf.failure"
CSRF_COOKIE_HTTPONLY = True  # the token travels in <body hx-headers>, no script reads the cookie
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- long work --------------------------------------------------------------------------------------------------------

CELERY_BROKER_URL = BROKER_URL
CELERY_RESULT_BACKEND = None  # the job row is the truth
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 20
CELERY_TASK_ACKS_LATE = False  # a lost message is healed by the reaper; a doubled one by the fence
CELERY_TASK_DEFAULT_QUEUE = "interactive"
CELERY_TASK_SOFT_TIME_LIMIT = env.int("CRM_JOB_SOFT_LIMIT", 3 * 3600)
CELERY_TASK_TIME_LIMIT = env.int("CRM_JOB_HARD_LIMIT", 3 * 3600 + 300)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 24 * 3600, "socket_timeout": 5, "socket_connect_timeout": 5}
CELERY_TASK_PUBLISH_RETRY = False  # enqueueing never waits for a broken broker: the reaper sends again
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(LOCAL_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "tick": {"task": "jobs.tasks.tick", "schedule": 30.0, "options": {"queue": "maintenance", "expires": 25}},
    "webhooks": {"task": "api.tasks.tick", "schedule": 60.0, "options": {"queue": "maintenance", "expires": 50}},
    "reminders": {"task": "customers.tasks.tick", "schedule": 60.0, "options": {"queue": "maintenance", "expires": 50}},
    "reap": {"task": "jobs.tasks.reap", "schedule": 10.0, "options": {"queue": "maintenance", "expires": 9}},
}

JOB_LEASE_SECONDS = env.int("CRM_JOB_LEASE_SECONDS", 30)
JOB_HEARTBEAT_SECONDS = env.float("CRM_JOB_HEARTBEAT_SECONDS", 5.0)
JOB_MAX_ATTEMPTS = 3
CODE_VERSION = env.str("CRM_CODE_VERSION", "")  # an image sets it; a working tree is asked for its commit

# Lines for a person, or JSON for a collector; either way without personal data (core.logs).
LOG_FORMAT = env.str("CRM_LOG_FORMAT", "line")
if LOG_FORMAT not in {"line", "json"}:
    raise ImproperlyConfigured(f"CRM_LOG_FORMAT is {LOG_FORMAT!r}: write line or json.")
# --- the API ----------------------------------------------------------------------------------------------------------

API_CALLS_A_MINUTE = env.int("CRM_API_CALLS_A_MINUTE", 600)  # of one token
# A body that is larger is refused; files come by another way.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
# Only for trying things out: webhooks to http:// and to this machine.
WEBHOOKS_MAY_CALL_LOOPBACK = env.bool("CRM_WEBHOOKS_MAY_CALL_LOOPBACK", False)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["api.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["api.permissions.HasScopeAndRole"],
    "DEFAULT_THROTTLE_CLASSES": ["api.throttling.PerToken"],
    "DEFAULT_PARSER_CLASSES": ["api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "api.schema.Schema",
    "EXCEPTION_HANDLER": "api.errors.respond",
    "URL_FORMAT_OVERRIDE": None,
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Meridian CRM",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "COMPONENT_SPLIT_REQUEST": True,
    "PREPROCESSING_HOOKS": ["api.schema.only_our_paths"],
    "POSTPROCESSING_HOOKS": ["api.schema.finish"],
    "ENABLE_DJANGO_DEPLOY_CHECK": False,
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "core.logs.LineFormatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        },
        "json": {"()": "core.logs.JsonFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": env.str("CRM_LOG_LEVEL", "WARNING")},
    # One line a request; on a laptop it would bury what matters.
    "loggers": {"crm.requests": {"level": "INFO" if LOG_FORMAT == "json" else "WARNING"}},
}

# What Prometheus shows as its bearer token at /metrics; empty: there is no such page.
METRICS_TOKEN = env.str("CRM_METRICS_TOKEN", "")
