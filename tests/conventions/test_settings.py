"""Every variable that the product reads from its environment is explained to whoever sets it."""

import re
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
READ = re.compile(r"""(?:env\.\w+|environ\.get|environ)[(\[]\s*"((?:CRM|DATABASE|REDIS)_\w+)\"""")


def test_every_variable_is_documented():
    sources = [ROOT / "crm" / "settings.py", ROOT / "crm" / "gunicorn.py", *(ROOT / "core").rglob("*.py")]
    read = {name for source in sources for name in READ.findall(source.read_text())}
    documented = set(re.findall(r"`(\w+)`", (ROOT / "docs" / "settings.md").read_text()))
    assert len(read) > 25
    assert sorted(read - documented) == []
