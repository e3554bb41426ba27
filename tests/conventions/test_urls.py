"""Every address has a name, and every place of the navigation has an address."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from crm.navigation import GROUPS, Place, current_url

PLACES = [place for group in GROUPS for place in group.places]


def own_patterns(resolver: URLResolver) -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield f"{resolver.namespace}:{entry.pattern}", entry
        elif entry.namespace != "admin":
            yield from own_patterns(entry)


def test_every_address_has_a_name():
    assert [where for where, pattern in own_patterns(get_resolver()) if not pattern.name] == []


def test_every_apps_addresses_have_a_namespace():
    resolvers = [entry for entry in get_resolver().url_patterns if isinstance(entry, URLResolver)]
    assert [str(entry.pattern) for entry in resolvers if not entry.namespace] == []


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.url_name)
def test_every_place_of_the_navigation_has_an_address(place: Place):
    assert reverse(place.url_name).startswith("/")


def test_no_two_places_have_one_key():
    keys = [place.key for place in PLACES if place.key]
    assert len(keys) == len(set(keys))


def test_the_bar_of_a_phone_has_room_for_four_places():
    assert len([place for place in PLACES if place.is_main]) <= 4


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/", "/"),
        ("/customers/", "/customers/"),
        ("/customers/12/edit/", "/customers/"),
        ("/jobs/schedules/", "/jobs/schedules/"),
        ("/jobs/7/", "/jobs/"),
        ("/accounts/profile/", ""),
    ],
)
def test_a_page_belongs_to_the_place_with_the_longest_address(path, url):
    assert current_url(path, ["/", "/customers/", "/jobs/", "/jobs/schedules/"]) == url
