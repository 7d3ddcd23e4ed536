"""One settings module; whatever differs between deployments is an environment variable (table in docs/settings.md)."""

import re
from email.utils import formataddr
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.crypto import salted_hmac

from config import logging
from config.secret_files import Env, secret_key

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()
# What the site writes to disk: collected files, pictures, uploads; a checkout's private database and its keys.
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
DEBUG = env.bool("DEBUG", default=False)
HAS_OWN_DATABASE = "DATABASE_URL" in env.ENVIRON

# Of a checkout a random one in a file; a deployment, which has a database of its own, sets it.
SECRET_KEY = secret_key(env, VAR_DIR / "secret_key", may_be_made=DEBUG or not HAS_OWN_DATABASE)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])  # former keys, still accepted for a while
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
SITE_NAME = env.str("SITE_NAME", default="Waypost")
CONTACT_EMAIL = env.str("CONTACT_EMAIL", default="")  # shown on the pages; none is invented
# The tab of an article: its "title", or "private", which says "Article" and keeps the subject out of the history.
ARTICLE_TAB_TITLES = env.str("ARTICLE_TAB_TITLES", default="title")
# Who runs the site, in terms, refunds and receipts: "Example Health, Inc." and a postal address. None is invented.
LEGAL_NAME, LEGAL_ADDRESS = env.str("LEGAL_NAME", default=""), env.str("LEGAL_ADDRESS", default="")
# The site's own colour, such as #0a6355, on light and on dark ground; and "NAME: NUMBER" beside 911, 988 and SAMHSA.
BRAND_COLOR, BRAND_COLOR_DARK = env.str("BRAND_COLOR", default=""), env.str("BRAND_COLOR_DARK", default="")
HELPLINES = env.list("HELPLINES", default=[])
FINDTREATMENT_URL = env.str("FINDTREATMENT_URL", default="https://findtreatment.gov/locator/exportsAsJson/v2")
# A zoomable map on demand: "https://tiles.example.org/{z}/{x}/{y}.png", and the credit that its owner asks for.
# Readers who open it load the tiles from that server (without a Referer); by default there is no such page.
MAP_TILE_URL = env.str("MAP_TILE_URL", default="")
MAP_TILE_CREDIT = env.str("MAP_TILE_CREDIT", default="")
if MAP_TILE_URL and not re.match(r"https?://[^/{}\s;,]+/(?=.*\{z\})(?=.*\{x\})(?=.*\{y\})", MAP_TILE_URL):
    raise ImproperlyConfigured("MAP_TILE_URL is no address of tiles: it needs https://, a host, {z}, {x} and {y}.")
# The Python of the router (docs/roads.md), which `make roads-environment` makes; only `route_clinics` starts it.
ROADS_PYTHON = env.str("ROADS_PYTHON", default=str(BASE_DIR / ".venv-roads" / "bin" / "python"))
HTTPS = env.bool("HTTPS", default=False)  # the site is reached over https, perhaps through a proxy that says so
MAINTENANCE = env.bool("MAINTENANCE", default=False)  # readers get a 503 with the helplines, and no database is asked
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)  # how many proxies of ours are in front of the site
# Of one network address, for JSON, GeoJSON and CSV; all other limits are in core/rate_limits.py.
SEARCH_API_PER_MINUTE = env.int("SEARCH_API_PER_MINUTE", default=600 if HTTPS else 6000)

# How facts age (clinics/verification/), in days since somebody at the clinic confirmed them.
RECONFIRM_AFTER_DAYS = env.int("RECONFIRM_AFTER_DAYS", default=90)  # the clinic is asked again
REMIND_AFTER_DAYS = (7, 14)  # after the first mail, if it was not answered
CONFIRMATION_LINK_DAYS = 30  # how long the link of a mail can be used
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000").rstrip("/")  # what a mail's links begin with
UNKNOWN_AFTER_DAYS = env.int("UNKNOWN_AFTER_DAYS", default=180)  # availability is shown as not stated

# Sources that a job takes in (clinics/imports/automatic.py): files that somebody puts in a folder, and states of which
# FindTreatment.gov is asked every week.
IMPORT_DROP_DIR = Path(env.str("IMPORT_DROP_DIR", default=str(VAR_DIR / "drop")))
IMPORT_STATES = [state.upper() for state in env.list("IMPORT_STATES", default=[])]

# The owner of a clinic is asked before its public address. The directory knows nothing of owners: this names a
# function that turns an expression for a clinic's number into one for its owner's e-mail address.
OWNER_EMAIL = "listings.models.listing.owner_email"

# Who is asked for the NPI or name that an owner types at the head of the form: off, table (what `load_npi_register`
# loaded), or api (NPPES_URL, over the network).
NPPES_LOOKUP = env.str("NPPES_LOOKUP", default="off")
# Asked every day for the NPIs that owners name in their listings; empty: never.
NPPES_URL = env.str("NPPES_URL", default="https://npiregistry.cms.hhs.gov/api/")
# Automated calls and texts with the code of a claim (core/phone_codes.py): "off", "console" or "twilio". Without
# them an editor calls.
PHONE_CODES = env.str("PHONE_CODES", default="console" if DEBUG or not HAS_OWN_DATABASE else "off")
PHONE_CODES_ACCOUNT = env.str("PHONE_CODES_ACCOUNT", default="")
PHONE_CODES_TOKEN = env.str("PHONE_CODES_TOKEN", default="")
PHONE_CODES_FROM = env.str("PHONE_CODES_FROM", default="")  # the number that calls, such as +14105550100
PHONE_CODES_URL = env.str("PHONE_CODES_URL", default="https://api.twilio.com").rstrip("/")
if PHONE_CODES not in ("off", "console", "twilio"):
    raise ImproperlyConfigured("PHONE_CODES is off, console or twilio.")
# The links and sources of articles that lead to other sites are asked, monthly, whether they still answer
# (articles/link_checks.py). Hosts that are asked although they are private: those of tests.
LINK_CHECKS = env.bool("LINK_CHECKS", default=not DEBUG)
LINK_CHECK_TIMEOUT_SECONDS = 15
LINK_CHECK_PAUSE_SECONDS = 2  # between two questions to one host
LINK_CHECK_PRIVATE_HOSTS: list[str] = []  # "host:port"
OPEN_DATA_DIR = VAR_DIR / "open-data"  # written every night, served as it is
DATA_LICENSE = env.str("DATA_LICENSE", default="CC0-1.0")  # of what we add to the public-domain lists

INSTALLED_APPS = [
    "core.apps.StaffAdmin",  # django.contrib.admin, with a second factor for staff
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.contrib.sitemaps",
    "csp",
    "crispy_forms",
    "crispy_bootstrap5",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_filters",
    "pgtrigger",
    "django_q",
    "django_prose_editor",
    "simple_history",
    "core.apps.CoreConfig",
    "clinics",
    "articles",
    "listings",
]
MIDDLEWARE = [
    "core.middleware.request_log.RequestLog",  # outermost, so that an error in any other has an id and a line
    "core.middleware.language.language_of_the_address",  # before all others, so that their errors are in its language
    "django.middleware.security.SecurityMiddleware",
    # For sites without a proxy that compresses: an uncompressed page of results takes a minute on a bad line.
    "django.middleware.gzip.GZipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "core.middleware.private_pages.private_pages",
    "core.replicas.ReaderPages",
    "core.middleware.body_limit.body_limit",
    "core.middleware.maintenance.Maintenance",  # late, so that its page has the headers of the others
    "core.middleware.form_limits.FormLimits",
    "core.page_calls.limit_page_calls",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
CONTEXT_PROCESSORS = [
    *("django.template.context_processors.request", "django.contrib.auth.context_processors.auth"),
    *("django.contrib.messages.context_processors.messages", "core.context_processors.site"),
    "clinics.context_processors.demo",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": CONTEXT_PROCESSORS},
    },
]
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"

# Postgres only. Without DATABASE_URL a private server is started in var/.
if HAS_OWN_DATABASE:
    DATABASES = {"default": env.db("DATABASE_URL")}
else:
    from config import embedded_postgres

    PRIVATE_DATABASE_DIR = VAR_DIR / "postgres"
    DATABASES = {"default": embedded_postgres.start(PRIVATE_DATABASE_DIR, "clinics")}
DATABASES["default"] |= {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
# With PgBouncer in transaction mode no cursor outlives a transaction, and the options of a session do not arrive: the
# role has them (deploy/postgres/roles.sql).
DATABASE_POOLED = env.bool("DATABASE_POOLED", default=False)
STATEMENT_TIMEOUT_SECONDS = env.int("STATEMENT_TIMEOUT_SECONDS", default=0)  # 0: what the role says
if DATABASE_POOLED:
    DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True
else:
    # PostgreSQL's just-in-time compiler makes a search four times slower. A second process for one query is missing
    # for the next reader.
    session = "-c jit=off -c max_parallel_workers_per_gather=0"
    if STATEMENT_TIMEOUT_SECONDS:
        session += f" -c statement_timeout={STATEMENT_TIMEOUT_SECONDS}s"
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("options", session)
# A server that has vanished must not keep the error page, with its helplines, from a reader.
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 3)
# Reader pages read from these replicas, if any (core/replicas.py): postgresql://user:password@host/name, ...
REPLICA_URLS = env.list("REPLICA_URLS", default=[])
REPLICA_MAX_LAG_SECONDS = env.float("REPLICA_MAX_LAG_SECONDS", default=5)  # one that is later is passed over
if REPLICA_URLS:
    from config.databases import replicas_of

    DATABASES |= replicas_of(DATABASES["default"], REPLICA_URLS)
    DATABASE_ROUTERS = ["core.replicas.ReaderRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]
TIME_ZONE = "America/New_York"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Of articles and clinics, written again by core/images.py: the only uploads that readers may fetch.
    "pictures": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": env.str("PICTURES_ROOT", default=str(VAR_DIR / "pictures-of-articles")),
            "base_url": "/pictures/",
            "file_permissions_mode": 0o644,
            "directory_permissions_mode": 0o755,
        },
    },
    "staticfiles": {"BACKEND": "config.static_files.WholeStaticFiles"},
}
# The uploads of all machines of a site in one bucket (config/bucket.py). Without one they are files of this machine.
S3_BUCKET, S3_ENDPOINT_URL = env.str("S3_BUCKET", default=""), env.str("S3_ENDPOINT_URL", default="")
S3_ACCESS_KEY, S3_SECRET_KEY = env.str("S3_ACCESS_KEY", default=""), env.str("S3_SECRET_KEY", default="")
S3_KEYS = {"access_key": S3_ACCESS_KEY, "secret_key": S3_SECRET_KEY}
if S3_BUCKET or S3_ENDPOINT_URL or any(S3_KEYS.values()):
    from config import bucket

    STORAGES |= bucket.storages(S3_BUCKET, S3_ENDPOINT_URL, S3_KEYS)

# Dumps of `make backup` (core/backups.py), kept for as many days as the privacy page says.
BACKUP_DIR = env.str("BACKUP_DIR", default=str(VAR_DIR / "backups"))
BACKUP_DAYS = env.int("BACKUP_DAYS", default=14)
BACKUP_RECIPIENT = env.str("BACKUP_RECIPIENT", default="")  # the public key of `age` for which settings are encrypted
LOG_DAYS = 7  # of deploy/logrotate.conf

# What editors upload: never served, kept until it is applied or discarded.
MEDIA_ROOT = VAR_DIR / "uploads"
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

# Jobs (clinics/imports/uploads.py, listings/billing/sync.py) wait in the database; `manage.py qcluster` does them, two
# at a time, so that no payment waits for an import. A job whose worker died is started again after `retry`
# seconds, which must be more than any job may last. The scheduler asks for the sweep of the payments every 15 minutes.
Q_CLUSTER = {
    "name": "jobs",
    "orm": "default",
    "broker_class": "core.queue.Broker",
    "workers": 2,
    "timeout": 3600,
    "retry": 3700,
    "max_attempts": 3,
    "ack_failures": True,
    "catch_up": False,
    "save_limit": 100,
    "save_limit_per": "func",  # so that a frequent job does not displace the last result of a rare one
    "scheduler": True,
    "log_level": "WARNING",
}

# Money (listings/billing/gateway.py). Without a key a checkout on its own private database pays with invented money at
# listings/fake_stripe/, an app that is installed there alone. A deployment without a key sells nothing; DEV_GATEWAY=1
# is for tests alone.
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", default="")
STRIPE_WEBHOOK_SECRETS = env.list("STRIPE_WEBHOOK_SECRET", default=[])  # two of them while one replaces the other
STRIPE_API_BASE = env.str("STRIPE_API_BASE", default="https://api.stripe.com")
STRIPE_API_VERSION = "2026-10-28.endive"  # whose objects listings/billing/mapping.py reads
STRIPE_AUTOMATIC_TAX = env.bool("STRIPE_AUTOMATIC_TAX", default=False)
STRIPE_LIVEMODE = STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_"))
FAKE_STRIPE_API = "listings.fake_stripe.api.answer"  # handles requests where PAYMENT_GATEWAY is "development"
PAYMENT_GATEWAY = "stripe" if STRIPE_SECRET_KEY else "off"
if not STRIPE_SECRET_KEY and (DEBUG or not HAS_OWN_DATABASE or env.bool("DEV_GATEWAY", default=False)):
    PAYMENT_GATEWAY = "development"
    INSTALLED_APPS += ["listings.fake_stripe"]
    STRIPE_SECRET_KEY = "sk_test_development"  # noqa: S105 - opens nothing
    STRIPE_WEBHOOK_SECRETS = [f"whsec_{salted_hmac('development gateway', 'webhook', secret=SECRET_KEY).hexdigest()}"]

# The geocoder of street addresses (clinics/locations/geocoding.py): "census", the US Census Geocoder, or a service of
# geopy, such as "nominatim", with its options, GEOCODER_OPTIONS='{"user_agent": "our-directory"}'. By default there is
# none, nobody is asked, and a clinic without a known point stands at the middle of its ZIP code.
GEOCODER = env.str("GEOCODER", default="")
GEOCODER_OPTIONS = env.json("GEOCODER_OPTIONS", default={"user_agent": SITE_NAME})
_CENSUS = "https://geocoding.geo.census.gov/geocoder/locations/addressbatch"
CENSUS_GEOCODER_URL = env.str("CENSUS_GEOCODER_URL", default=_CENSUS)
CENSUS_BATCH_SIZE = env.int("CENSUS_BATCH_SIZE", default=1000)  # addresses in a file
CENSUS_PAUSE_SECONDS = env.float("CENSUS_PAUSE_SECONDS", default=2)  # between two files
CENSUS_TIMEOUT_SECONDS = env.float("CENSUS_TIMEOUT_SECONDS", default=600)  # without a byte of an answer
# GEOCODER=gridpin reads a sheet of the United States on this machine, and finds the street that a reader types, too.
GRIDPIN_SHEET = env.str("GRIDPIN_SHEET", default="")

# Mail is printed to the console unless EMAIL_URL names a server: smtp+tls://USER:PASSWORD@HOST:587
vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
EMAIL_TIMEOUT = 10  # seconds
_OWN_ADDRESS = CONTACT_EMAIL or f"no-reply@{urlsplit(SITE_URL).hostname or 'localhost'}"
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=formataddr((SITE_NAME, _OWN_ADDRESS)))

# Accounts, for owners and staff: readers need none. An owner's name is an e-mail address.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "listings:account"
ACCOUNT_ADAPTER = "listings.accounts.adapter.Adapter"
ACCOUNT_USER_DISPLAY = "listings.accounts.adapter.display"
ACCOUNT_LOGIN_METHODS = {"email", "username"}  # staff may have a user name; owners are asked for the address alone
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_FORMS = {
    "login": "listings.accounts.signup_forms.LoginForm",
    "signup": "listings.accounts.signup_forms.SignupForm",
    "add_email": "listings.accounts.signup_forms.AddEmailForm",
    "change_password": "listings.accounts.signup_forms.ChangePasswordForm",
    "reset_password": "listings.accounts.signup_forms.ResetPasswordForm",
    "reset_password_from_key": "listings.accounts.signup_forms.ResetPasswordKeyForm",
    "reauthenticate": "listings.accounts.signup_forms.ReauthenticateForm",
}
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_CHANGE_EMAIL = True  # one address; the old one counts until the new one is proven
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True  # before the address or a second proof is changed
PASSWORD_RESET_TIMEOUT = 3600  # seconds
ACCOUNT_SESSION_REMEMBER = False  # signed in until the browser is closed: computers are shared
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# Counted by core/middleware/form_limits.py instead: allauth's counter lets fewer through than it says when many ask at
# once, and stores their addresses.
ACCOUNT_RATE_LIMITS = dict.fromkeys(["login", "login_failed", "signup", "reset_password", "reset_password_from_key"])
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ADAPTER = "core.second_factors.Adapter"
MFA_TOTP_ISSUER = SITE_NAME
# A passkey is a second factor, never the only one: many share one desk, and a key that stays in it would be enough.
MFA_PASSKEY_LOGIN_ENABLED = False
MFA_FORMS = {
    "activate_totp": "core.second_factors.ActivateTOTPForm",
    "add_webauthn": "core.second_factors.AddPasskeyForm",
    "authenticate": "core.second_factors.AuthenticateForm",
    "authenticate_webauthn": "core.second_factors.AuthenticatePasskeyForm",
    "edit_webauthn": "core.second_factors.RenamePasskeyForm",
    "reauthenticate": "core.second_factors.ReauthenticateForm",
    "reauthenticate_webauthn": "core.second_factors.ReauthenticatePasskeyForm",
}
# Staff need a second factor in a deployment, and an invitation to add the first (core/staff_invitations.py). On a
# fresh machine, reached over http, the user and password that `make run` prints are enough; STAFF_MFA=1 requires the
# second factor there too.
STAFF_MFA = env.bool("STAFF_MFA", default=HTTPS)

# "default" is shared by all processes; "process" holds what each may forget.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "account_limits"},
    "process": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}
# Or in a Redis or Valkey: redis://:password@host:6379/0
if CACHE_URL := env.str("CACHE_URL", default=""):
    if not CACHE_URL.startswith(("redis://", "rediss://", "unix://")):
        raise ImproperlyConfigured("CACHE_URL is no address of a Redis or Valkey: redis://:password@host:6379/0")
    CACHES["default"] = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE_URL}

# What somebody who guesses tries here first.
WORDS_OF_THE_SITE = ["waypost", "suboxone", "methadone", "naloxone", "narcan", "buprenorphine", "recovery", "clinic"]
WORDS_OF_THE_SITE += ["directory"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "core.passwords.NoWordsOfTheSite", "OPTIONS": {"words": WORDS_OF_THE_SITE}},
]

# Where someone looks for treatment is health information: nothing is loaded from or sent to another host.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        **{name: [NONE] for name in ("default-src", "base-uri", "frame-ancestors")},
        **{name: [SELF] for name in ("script-src", "style-src", "font-src", "connect-src", "form-action")},
        "img-src": [SELF, "data:"],
    }
}
# Reports of errors to a server of your choice, with nothing about readers (core/sentry.py); off by default.
SENTRY_DSN = env.str("SENTRY_DSN", default="")
SECURE_REFERRER_POLICY = "no-referrer"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked by machines on the inside
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_AGE = 12 * 3600  # seconds after which a user logs in again
SESSION_IDLE_SECONDS = 2 * 3600  # without a request (core/middleware/private_pages.py)
if HTTPS:  # a browser takes such cookies only over https, for this host alone
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
CSRF_FAILURE_VIEW = "core.views.csrf_failed"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
if HTTPS and TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LOG_FORMAT = env.str("LOG_FORMAT", default="json" if HTTPS else "plain")
ACCESS_LOG = env.bool("ACCESS_LOG", default=HTTPS)  # a line for each request
LOGGING = logging.to_stderr(
    LOG_FORMAT,
    {
        "django": "WARNING",
        "django.request": "ERROR",  # not "Not Found: /02139/": some people type a ZIP code after the slash
        "django.server": "CRITICAL",  # quotes each request; core.access has a line of it
        "urllib3.connectionpool": "ERROR",  # its warnings hold the whole address, with a geocoder's key in it
        "core.access": "INFO" if ACCESS_LOG else "WARNING",
        "core.security": "INFO",
    },
)
