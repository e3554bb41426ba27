"""The Chinese catalogue is complete: nothing missing, unsure, left over, or with placeholders of its own."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from core.management.commands.makemessages import Command
from tests.conventions.sources import ROOT, name_of, own_files

CATALOGUE = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
CHINESE = re.compile("[\u3400-\u9fff]")
TAG = re.compile(r"</?\w+[^>]*>")


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def messages_of(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def key(message: Message) -> tuple[str | None, str]:
    return message.context, message.id if isinstance(message.id, str) else message.id[0]


def texts(value: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else list(value or [""])


def pairs(catalogue: Catalog) -> list[tuple[str, str]]:
    """English and Chinese of each text; of a plural the English plural, since the Chinese has one form for all."""
    return [(texts(message.id)[-1], text) for message in messages_of(catalogue) for text in texts(message.string)]


@pytest.fixture(scope="module")
def chinese() -> Catalog:
    return read(CATALOGUE)


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """What the sources say now, extracted from a copy so that the real catalogue stays as it is."""
    if not shutil.which("xgettext"):
        pytest.skip("xgettext is not installed: apt-get install gettext")
    folder = tmp_path_factory.mktemp("sources")
    for source in own_files(".py", ".html", ".txt", ".js"):
        if source.relative_to(ROOT).parts[0] not in Command.not_ours:
            copy = folder / source.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)
    (folder / "locale").mkdir()
    command = [sys.executable, "-m", "django", "makemessages", "--locale", "zh_Hans"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env={"PATH": "/usr/bin:/bin"})
    return read(folder / CATALOGUE.relative_to(ROOT))


def test_every_text_of_the_sources_is_in_the_catalogue_and_no_other(chinese: Catalog, extracted: Catalog):
    ours, theirs = {key(message) for message in messages_of(chinese)}, {key(m) for m in messages_of(extracted)}
    assert {"missing": theirs - ours, "left over": ours - theirs} == {"missing": set(), "left over": set()}


def test_every_text_is_translated_and_none_is_unsure(chinese: Catalog):
    untranslated = [key(message) for message in messages_of(chinese) if not all(texts(message.string))]
    unsure = [key(message) for message in messages_of(chinese) if message.fuzzy]
    assert (untranslated, unsure) == ([], [])


def test_placeholders_are_the_same(chinese: Catalog):
    assert [(en, zh) for en, zh in pairs(chinese) if differ(PLACEHOLDER, en, zh)] == []


def test_markup_is_the_same(chinese: Catalog):
    assert [(en, zh) for en, zh in pairs(chinese) if differ(TAG, en, zh)] == []


def test_a_sentence_ends_as_a_sentence_and_a_label_does_not(chinese: Catalog):
    spoken = [(en.rstrip(), zh.rstrip()) for en, zh in pairs(chinese) if CHINESE.search(zh)]
    assert [(en, zh) for en, zh in spoken if en.endswith(".") != zh.endswith("。")] == []


def differ(pattern: re.Pattern[str], one: str, other: str) -> bool:
    return sorted(pattern.findall(one)) != sorted(pattern.findall(other))


def test_the_catalogue_lies_where_django_looks():
    assert name_of(CATALOGUE) == "locale/zh_Hans/LC_MESSAGES/django.po"
