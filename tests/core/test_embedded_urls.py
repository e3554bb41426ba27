"""Where the embedded services answer, in the spellings of their clients."""

import os
from pathlib import Path

import environ
import pytest
import redis
from kombu.connection import Connection
from psycopg.conninfo import conninfo_to_dict

from core.embedded import celery_broker_url, embedded_database_url, embedded_redis_url
from core.embedded.urls import redis_socket, socket_folder

DEEP = Path("/srv") / "/".join(["a folder of a long name"] * 12)


def test_sockets_of_a_deep_folder_fit_into_the_systems_limit():
    longest = [socket_folder(DEEP, "postgres") / ".s.PGSQL.5432.lock", redis_socket(DEEP)]
    assert max(len(str(path)) for path in longest) <= 107


def test_each_folder_has_its_own_sockets():
    assert redis_socket(Path("/srv/one")) != redis_socket(Path("/srv/two"))


def test_psycopg_and_django_read_the_same_database_url():
    url = embedded_database_url(DEEP)
    folder = str(socket_folder(DEEP, "postgres"))
    assert conninfo_to_dict(url) == {"user": "crm", "dbname": "crm", "host": folder}
    settings = environ.Env().db_url_config(url)
    assert (settings["USER"], settings["NAME"], settings["OPTIONS"]) == ("crm", "crm", {"host": folder})


def test_redis_client_reads_the_redis_url():
    client = redis.Redis.from_url(embedded_redis_url(DEEP))
    assert client.connection_pool.connection_kwargs["path"] == str(redis_socket(DEEP))


@pytest.mark.external
def test_celery_meets_the_redis_client_on_the_same_database():
    redis_url = os.environ["REDIS_URL"]  # of the tests' own server: another database for each worker
    broker_url = celery_broker_url(redis_url)
    with redis.Redis.from_url(redis_url) as client, Connection(broker_url) as broker:
        broker.SimpleQueue("embedded-urls").put({"hello": "there"})
        assert client.llen("embedded-urls") == 1
        client.delete("embedded-urls")
