"""The browser of the tests: Chromium without its windows where there is such a one, else the whole of it.

The same engine draws the pages; showing one takes a quarter of the processor's time.
"""

import shutil

_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser")
CHROMIUM = next((found for name in _NAMES if (found := shutil.which(name))), None)
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run", "--disable-dev-shm-usage",
]  # fmt: skip
MISSING = "no Chromium on this machine: install it (make system)"
