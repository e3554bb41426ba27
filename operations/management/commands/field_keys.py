"""`manage.py field_keys`: the keys of encrypted fields, from a new one to the end of an old one."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from jobs.actions import enqueue
from jobs.execution import wait_for
from jobs.status import Status
from operations.key_rotation import JOB_KIND
from protection import key_file
from protection.keys import KeyRing, private_file, ring
from protection.rotation import values_by_key


class Command(BaseCommand):
    help = "List the keys of encrypted fields, add one, encrypt everything under it, drop an old one."

    def add_arguments(self, parser: CommandParser) -> None:
        steps = parser.add_subparsers(dest="step", required=True)
        steps.add_parser("list", help="the keys, and how many values are under each")
        add = steps.add_parser("add", help="a new key, which encrypts from now on")
        add.add_argument("id", nargs="?", default="", help="its name; the next free one unless given")
        steps.add_parser("rotate", help="encrypt all values under the first key; waits for the end")
        drop = steps.add_parser("drop", help="remove a key under which there is no value any more")
        drop.add_argument("id")

    def handle(self, *args: Any, step: str, **options: Any) -> None:
        match step:
            case "list":
                self.list_keys()
            case "add":
                self.add(options["id"])
            case "rotate":
                self.rotate()
            case "drop":
                self.drop(options["id"])

    def list_keys(self) -> None:
        values, keys = values_by_key(), ring()
        for key in keys.keys:
            role = "encrypts" if key == keys.first else "decrypts"
            self.stdout.write(f"{key.id:20} {role:10} {values.pop(key.id, 0):>12,} values")
        for missing, number in sorted(values.items()):
            self.stdout.write(self.style.ERROR(f"{missing:20} {'MISSING':10} {number:>12,} values"))

    def add(self, key_id: str) -> None:
        try:
            keys = key_file.with_new_first(key_id)
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        self.put(keys, f"The key {keys.first.id} encrypts from now on. Next: field_keys rotate.")

    def rotate(self) -> None:
        job = wait_for(enqueue(kind=JOB_KIND, params={}, reason="field_keys rotate").pk)
        if job.status != Status.DONE:
            raise CommandError(f"Job {job.pk} is {job.status}: {job.error}")
        self.stdout.write(f"{job.result['rewritten']:,} values encrypted anew under the key {job.result['key']}.")
        if job.result["left"]:
            left = ", ".join(f"{key}: {number:,}" for key, number in job.result["left"].items())
            raise CommandError(f"Values that are still under other keys: {left}.")

    def drop(self, key_id: str) -> None:
        try:
            keys = key_file.without(key_id, values=values_by_key()[key_id])
        except key_file.KeyInUse as error:
            raise CommandError(str(error)) from error
        self.put(keys, f"The key {key_id} is gone. Backups from before the rotation still need it: keep a copy.")

    def put(self, keys: KeyRing, done: str) -> None:
        if key_file.is_in_environment():
            self.stderr.write("The keys come from the environment. Set this and restart every process:")
            self.stdout.write(f"CRM_FIELD_KEYS={key_file.as_text(keys, separator=',')}")
            return
        key_file.write(keys)
        self.stdout.write(f"{done} The file is {private_file()}.")
