from typing import Any

from django.core.management.commands import makemessages


class Command(makemessages.Command):
    """Django's command with our habits: only the product's own files, one entry a line, and no places to conflict."""

    xgettext_options = [*makemessages.Command.xgettext_options, "--no-wrap", "--sort-output"]
    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-wrap", "--sort-output"]
    msgattrib_options = [*makemessages.Command.msgattrib_options, "--no-wrap", "--sort-output"]
    not_ours = ("benchmarks", "docs", "staticfiles", "tests")

    def handle(self, *args: Any, **options: Any) -> None:
        options["ignore_patterns"] = [*options["ignore_patterns"], *self.not_ours]
        options["no_location"] = not options["add_location"]
        options["no_obsolete"] = True
        super().handle(*args, **options)
