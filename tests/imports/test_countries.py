from __future__ import annotations

import pytest

from imports.countries import country_code


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("United Kingdom", "GB"),
        ("united  kingdom", "GB"),
        ("EIRE", "IE"),
        ("RSA", "ZA"),
        ("USA", "US"),
        ("Czech Republic", "CZ"),
        ("Hong Kong", "HK"),
        ("Deutschland", "DE"),
        ("中国", "CN"),
        ("de", "DE"),
        ("UK", "GB"),
        ("Channel Islands", None),
        ("European Community", None),
        ("EU", None),
        ("Atlantis", None),
    ],
)
def test_country_is_known_by_name_or_code(written: str, code: str | None):
    assert country_code(written, {}) == code


def test_mapping_explains_a_name():
    assert country_code("Unspecified", {"Unspecified": ""}) == ""
    assert country_code("Blighty", {"Blighty": "gb"}) == "GB"
