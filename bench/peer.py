"""edgartools as a second opinion, kept off the network and out of the user's folders.

edgartools asks sec.gov about every reporting owner (person or company?) while it reads an ownership document, and keeps
caches and logs in the home folder. Here that one question is answered with "a person" without asking, its folders are
temporary, and any connection it still tries goes to a closed port of this machine.

Belongs here: importing edgartools harmlessly. Not here: what is compared with it.
"""

import importlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace

NOWHERE = "http://127.0.0.1:9"
"""The discard port: nothing answers there."""


@contextmanager
def edgartools(*modules: str) -> Iterator[list[ModuleType]]:
    """Modules of edgartools (`edgar.ownership`, …), imported and usable until the end of the block.

    Its first import takes some seconds. Modules stay imported; what they were told about folders does too.
    """
    with tempfile.TemporaryDirectory(prefix="edgartools-") as folder:
        told = {
            "HOME": folder,
            "EDGAR_LOCAL_DATA_DIR": folder,
            "EDGAR_CACHE_DIR": folder,
            "EDGAR_IDENTITY": "Bench bench@example.com",
            "EDGAR_BASE_URL": NOWHERE,
            "EDGAR_DATA_URL": NOWHERE,
            "EDGAR_XBRL_URL": NOWHERE,
        }
        before = {name: os.environ.get(name) for name in told}
        os.environ.update(told)
        try:
            owners = importlib.import_module("edgar.ownership.owners")
            owners.Entity = lambda cik: SimpleNamespace(data=SimpleNamespace(is_company=False))  # type: ignore[attr-defined]
            yield [importlib.import_module(name) for name in modules]
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value
