"""Settings: the applications of the peers, one SQLite file, nothing else."""

import os

SECRET_KEY = "of a benchmark"
USE_TZ = True
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sites",
    "rest_framework",
    "rest_framework.authtoken",
    "knox",
    "djblets.webapi",
    "peers",
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["PEERS_DATABASE"],
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
