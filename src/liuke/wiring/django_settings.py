"""Django's settings, derived from the bank home named by LIUKE_HOME."""

SECRET_KEY = "replaced"  # noqa: S105
INSTALLED_APPS: list[str] = []
USE_TZ = True
