"""The demo of the first `run.py up`: its data, its scores, its logins."""

import datetime
import hashlib
import json

from core.launcher.product import Product, has_customers
from core.launcher.progress import LOCAL, Failure, step, tell
from core.launcher.turn import read_json

SIZE = ("--customers", "2000", "--orders", "20000", "--events", "60000", "--seed", "1")
LOGINS = LOCAL / "demo-logins.json"
# Left by an `up` that was killed between loading the demo and computing its scores.
NOT_COMPUTED = LOCAL / "demo-not-computed"


def prepare_demo(here: Product) -> None:
    """Fill a database without customers, and compute what is to be seen of them."""
    if not has_customers(here.database_url):
        NOT_COMPUTED.touch()
        with step("Loading the demo: 2,000 customers, 20,000 orders"):
            summary = here.manage("generate", *SIZE, "--if-empty")
        if summary:  # empty where the database holds other records
            LOGINS.write_text(json.dumps({**json.loads(summary), "database": fingerprint(here.database_url)}))
    if NOT_COMPUTED.exists():
        compute_scores(here)


def compute_scores(here: Product) -> None:
    try:
        with step("Computing scores, segments and recommendations"):
            # First as it was a month ago, so that the dashboard has a movement to show.
            a_month_ago = datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=30)
            here.manage("recompute", "rfm", "--as-of", a_month_ago.isoformat(), "--wait")
            here.manage("recompute", "--wait")
    except Failure as failure:
        tell(f"{failure}\nThe product works without them; the next start tries again.")
    else:
        NOT_COMPUTED.unlink()


def demo_logins(database_url: str) -> tuple[list[str], str]:
    """E-mail addresses and their common password; none where this database is not the demo's."""
    demo = read_json(LOGINS)
    if demo.get("database") != fingerprint(database_url):
        return [], ""
    return demo["logins"], demo["password"]


def fingerprint(database_url: str) -> str:
    """Which database it is, without the password that the address may hold."""
    return hashlib.sha256(database_url.encode()).hexdigest()
