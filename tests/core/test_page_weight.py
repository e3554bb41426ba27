"""What somebody who was never here has to fetch before the list of customers stands: see `run.py bench pages`."""

import pytest

from benchmarks.bench_pages import FIRST_LOAD_KB
from benchmarks.weight import first_load
from tests.factories import create_customer, create_user


@pytest.mark.django_db
def test_the_first_page_is_light(client):
    client.force_login(create_user("admin"))
    for number in range(60):
        create_customer(f"A customer with a name of usual length {number}", orders=1)
    weights = first_load(client, "/customers/")
    assert set(weights) == {"page", "css", "js", "svg"}
    assert sum(weights.values()) / 1000 <= FIRST_LOAD_KB, weights
