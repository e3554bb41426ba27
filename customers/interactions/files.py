"""Files that people keep with a customer: what may be kept, judged by its content, and how it is handed out."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import PurePath

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.template.defaultfilters import filesizeformat
from django.utils.http import content_disposition_header
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _

from core.text import without_direction_controls
from customers.models import CustomerFile, FileContent

LARGEST = 10 * 1024 * 1024
LONGEST_NAME = 120
# By the ending of the name: the type it is served as, and what the content must begin with.
BEGINNINGS = {
    "pdf": ("application/pdf", (b"%PDF-",)),
    "png": ("image/png", (b"\x89PNG\r\n\x1a\n",)),
    "jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "gif": ("image/gif", (b"GIF87a", b"GIF89a")),
}
OFFICE = "application/vnd.openxmlformats-officedocument."
OPEN = "application/vnd.oasis.opendocument."
# Archives, known by a member that they must have.
ARCHIVES = {
    "docx": (f"{OFFICE}wordprocessingml.document", "word/document.xml"),
    "xlsx": (f"{OFFICE}spreadsheetml.sheet", "xl/workbook.xml"),
    "pptx": (f"{OFFICE}presentationml.presentation", "ppt/presentation.xml"),
    "odt": (f"{OPEN}text", "content.xml"),
    "ods": (f"{OPEN}spreadsheet", "content.xml"),
    "odp": (f"{OPEN}presentation", "content.xml"),
}
MACROS = ("vbaProject.bin", "Basic/")
TEXTS = {"txt": "text/plain", "csv": "text/csv"}
ENDINGS = sorted({*BEGINNINGS, *ARCHIVES, *TEXTS})
# Whatever a browser makes of it, it runs nothing and reaches nothing of ours.
LOCKED = "default-src 'none'; sandbox"


@dataclass(frozen=True)
class CheckedFile:
    name: str
    media_type: str
    content: bytes


def checked(upload: UploadedFile[bytes]) -> CheckedFile:
    """The file to keep. Raises ValidationError for one that is empty, too large, or not what its name says."""
    name = _safe_name(upload.name or "")
    if not upload.size:
        raise ValidationError(_("The file is empty."))
    if upload.size > LARGEST:
        raise ValidationError(
            _("The file has %(size)s; at most %(most)s are kept.")
            % {"size": filesizeformat(upload.size), "most": filesizeformat(LARGEST)}
        )
    ending = PurePath(name).suffix.lstrip(".").lower()
    if ending not in ENDINGS:
        raise ValidationError(
            _("Files of this kind are not kept. These are: %(known)s.") % {"known": ", ".join(ENDINGS)}
        )
    content = upload.read()
    media_type = _type_of(content, ending)
    if media_type is None:
        raise ValidationError(_("The content is not that of a %(ending)s file.") % {"ending": f".{ending}"})
    return CheckedFile(name, media_type, content)


def download(file: CustomerFile) -> HttpResponse:
    """Always to be saved, never to be shown on our own address."""
    content = FileContent.objects.get(file=file).content
    response = HttpResponse(bytes(content), content_type=file.media_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, file.name)
    response.headers["Content-Security-Policy"] = LOCKED
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _safe_name(name: str) -> str:
    plain = without_direction_controls(PurePath(name.replace("\\", "/")).name).replace("\x00", "")
    path = PurePath(get_valid_filename(plain) if plain.strip(" .") else "file")
    return f"{path.stem[: LONGEST_NAME - len(path.suffix)]}{path.suffix}"


def _type_of(content: bytes, ending: str) -> str | None:
    if ending in TEXTS:
        return TEXTS[ending] if _is_text(content) else None
    if ending in ARCHIVES:
        media_type, member = ARCHIVES[ending]
        return media_type if member in _members(content) else None
    media_type, beginnings = BEGINNINGS[ending]
    return media_type if content.startswith(beginnings) else None


def _is_text(content: bytes) -> bool:
    if b"\x00" in content:
        return False
    for encoding in ("utf-8", "gb18030", "cp1252"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


def _members(content: bytes) -> set[str]:
    """Of an archive, by its table of contents alone: nothing is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return set()
    if any(name.endswith(MACROS[0]) or name.startswith(MACROS[1]) for name in names):
        raise ValidationError(_("The file holds macros, which are not kept. Save it without them."))
    return names
