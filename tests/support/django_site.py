"""A chat in a Django project, made by the steps in the README and no others."""

import os
import re
import subprocess
import sys
from pathlib import Path

from django.core.management import call_command

from support import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
STEPS = README.split("### Beside Django")[1].split("\n### ")[0]
FILES = re.findall(
    r"```python\n# (mysite/\w+\.py)(, at its end)?\n(.*?)```", STEPS, re.DOTALL
)
APPLICATION = "mysite.asgi:application"

PASSWORD = "lovelace"
# In one process: to start Django takes longer than all that it does here.
TABLES = """
from mysite.asgi import application
from django.core.management import call_command
call_command("migrate")
call_command(
    "createsuperuser", "--noinput", username="ada", email="ada@example.org"
)
"""


def make_site(folder: Path) -> None:
    """Make the project, with a user "ada"."""
    call_command("startproject", "mysite", str(folder))
    for name, at_its_end, text in FILES:
        before = (folder / name).read_text("utf-8") if at_its_end else ""
        (folder / name).write_text(before + text, encoding="utf-8")
    subprocess.run(
        [sys.executable, "-W", "error", "-c", TABLES],
        cwd=folder,
        env=os.environ | {"DJANGO_SUPERUSER_PASSWORD": PASSWORD},
        check=True,
        capture_output=True,
    )
