"""Which online store the settings choose."""

import json

import pytest

from features.errors import InvalidInputError
from features.online_config import online_store_config
from features.settings import settings


@pytest.fixture
def choose(monkeypatch):
    def choose(address):
        monkeypatch.setenv("SANZAO_ONLINE_STORE", address)
        settings.cache_clear()

    yield choose
    monkeypatch.undo()
    settings.cache_clear()


def test_empty_means_the_embedded_store(choose, tmp_path):
    choose("")
    config = online_store_config(tmp_path / "online.db")
    assert config == {"type": "features.packed_online.PackedOnlineStore", "path": str(tmp_path / "online.db")}


@pytest.mark.parametrize(
    ("address", "connection"),
    [
        ("redis://cache:6380", "cache:6380"),
        ("redis://cache", "cache:6379"),
        ("redis://cache:6379/2", "cache:6379,db=2"),
        ("rediss://reader:0%3D1@cache:1", 'cache:1,username="reader",password="0=1",ssl=true'),
    ],
)
def test_an_address_means_feasts_redis_store(choose, tmp_path, address, connection):
    choose(address)
    assert online_store_config(tmp_path) == {"type": "redis", "connection_string": connection}


@pytest.mark.parametrize("address", ["cache:6379", "http://cache", "redis://", "redis://c:port", "redis://:a,b@c:1"])
def test_what_is_no_address_is_refused_without_repeating_it(choose, tmp_path, address):
    choose(address)
    with pytest.raises(InvalidInputError, match="redis://") as refused:
        online_store_config(tmp_path)
    assert json.dumps(address) not in str(refused.value)
