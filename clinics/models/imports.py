import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from clinics.models.clinic import Clinic
from clinics.models.provenance import FactGroup, Source, source_text
from clinics.models.word_triggers import KEEP_SOURCES_WORDS

LONGEST_EDITION = 20  # characters


def upload_path(upload, file_name: str) -> str:
    """A folder that nobody can guess; the file keeps its name, which may tell the edition."""
    return f"{secrets.token_urlsafe(16)}/{file_name[-150:]}"


class ImportRun(models.Model):
    """One reading of one file: what it was, what it changed, what it refused. The numbers add up to its rows."""

    class Status(models.TextChoices):
        RUNNING = "running", "running"
        APPLIED = "applied", "applied"
        DRY_RUN = "dry-run", "dry run: nothing was written"
        FAILED = "failed", "failed: nothing was written"
        UNDONE = "undone", "undone: what it wrote was taken back"

    file_name = models.CharField(max_length=200)
    file_sha256 = models.CharField(max_length=64, blank=True)
    layout = models.CharField(max_length=40)
    source = models.CharField(max_length=20, choices=Source.choices)
    edition = models.CharField(max_length=LONGEST_EDITION)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.RUNNING)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    rows = models.PositiveIntegerField("rows in the file", default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    repeated = models.PositiveIntegerField("repeats of a row in the same file", default=0)
    skipped = models.PositiveIntegerField("mental health only, skipped", default=0)
    rejected = models.PositiveIntegerField(default=0)
    closed = models.PositiveIntegerField("in an older edition, not in this one", default=0)
    queued = models.PositiveIntegerField("pairs for a person to decide", default=0, db_default=0)
    is_complete = models.BooleanField(
        "whole edition", default=False, db_default=False, help_text="what is not in it has left the source's list"
    )
    points_only = models.BooleanField(
        "coordinates only", default=False, db_default=False, help_text="the numbers count addresses, not clinics"
    )
    can_be_undone = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="what it replaced was kept, so it can be taken back"
    )
    rules = models.JSONField(
        "matched by",
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        help_text="rows by the rule that found their clinic",
    )
    messages = models.JSONField(default=list, help_text="unknown columns, unknown codes, repaired values")

    class Meta:
        ordering = ["-started_at"]

    def __str__(self):
        return f"{self.file_name}, {timezone.localtime(self.started_at):%Y-%m-%d %H:%M}"

    @classmethod
    def latest_applied(cls, source: str) -> "ImportRun | None":
        """The import of a source that can be taken back: the last one that is still in effect."""
        return cls.objects.filter(source=source, status=cls.Status.APPLIED).order_by("-started_at", "-pk").first()

    @property
    def source_text(self) -> str:
        return source_text(self.source, self.edition)

    @property
    def adds_up(self) -> bool:
        parts = (self.created, self.updated, self.unchanged, self.repeated, self.skipped, self.rejected)
        return self.rows == sum(parts)


class ImportRejection(models.Model):
    """A row that could not be used, and why."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="rejections")
    line = models.PositiveIntegerField()
    reason = models.CharField(max_length=200)
    text = models.CharField(max_length=250, blank=True)

    class Meta:
        ordering = ["run", "line"]

    def __str__(self):
        return f"line {self.line}: {self.reason}"


class ImportUpload(models.Model):
    """A file that an editor or a job brought: rehearsed, looked at, then applied or thrown away."""

    class Status(models.TextChoices):
        WAITING = "waiting", "waiting to be rehearsed"
        REHEARSING = "rehearsing", "being rehearsed"
        REHEARSED = "rehearsed", "rehearsed: nothing was written yet"
        APPLYING = "applying", "being applied"
        APPLIED = "applied", "applied"
        FAILED = "failed", "failed: nothing was written"
        DISCARDED = "discarded", "discarded: nothing was written"

    class Origin(models.TextChoices):
        EDITOR = "editor", "brought by an editor"
        DROPPED = "dropped", "from the drop folder"
        FETCHED = "fetched", "from FindTreatment.gov"

    file = models.FileField(upload_to=upload_path, max_length=300, blank=True)
    original_name = models.CharField("file", max_length=200, editable=False)
    edition = models.CharField(
        max_length=20,
        blank=True,
        help_text="the year or the day of the list, if the file does not tell: 2024 or 2024-07-01",
    )
    include_mental_health = models.BooleanField("also clinics for mental health only", default=False)
    points_only = models.BooleanField(
        "coordinates only",
        default=False,
        db_default=False,
        help_text="of an old list: its points help to place our clinics, and none of its own is listed",
    )
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False)
    created_at = models.DateTimeField("uploaded", auto_now_add=True)
    queued_at = models.DateTimeField(default=timezone.now, editable=False)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING, editable=False)
    origin = models.CharField(
        max_length=7, choices=Origin.choices, default=Origin.EDITOR, db_default=Origin.EDITOR.value, editable=False
    )
    held_because = models.TextField(
        blank=True, default="", db_default="", editable=False, help_text="why no job applies it: an editor decides"
    )
    rows_read = models.PositiveIntegerField(default=0, editable=False)
    total_rows = models.PositiveIntegerField(null=True, editable=False)
    report = models.JSONField(default=dict, editable=False)
    error = models.TextField(blank=True, editable=False)
    run = models.ForeignKey(ImportRun, models.SET_NULL, null=True, editable=False, related_name="uploads")

    class Meta:
        ordering = ["-created_at"]

    def __str__(self):
        return self.original_name

    def delete_file(self) -> None:
        """Remove the file and the folder that was made for it."""
        if self.file:
            name, storage = self.file.name, self.file.storage
            self.file.delete(save=False)
            with suppress(OSError, NotImplementedError):  # a bucket has no folders
                Path(storage.path(name)).parent.rmdir()

    @contextmanager
    def on_disk(self) -> Iterator[Path]:
        """The file as a path: its own, or that of a copy while uploads are kept on S3-compatible storage."""
        try:
            path = Path(self.file.path)
        except NotImplementedError:
            with TemporaryDirectory() as folder, self.file.open() as stored:
                path = Path(folder) / Path(self.file.name).name
                with path.open("wb") as copy:
                    shutil.copyfileobj(stored, copy)
                yield path
        else:
            yield path


class SourceRecord(models.Model):
    """What one edition of one source says of one clinic, kept as it was read: the evidence behind the facts."""

    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="source_records")
    run = models.ForeignKey(ImportRun, models.PROTECT, related_name="records")
    source = models.CharField(max_length=20, choices=Source.choices)
    edition = models.CharField(max_length=20)
    directory = models.CharField(
        max_length=20, blank=True, default="", db_default="", help_text="substance-use or mental-health, as stated"
    )
    record_key = models.CharField(max_length=32, help_text="hash of directory, name, street and ZIP as compared")
    content_hash = models.CharField(max_length=32)
    name_key = models.CharField(max_length=200)
    street_key = models.CharField(max_length=200)
    zip_code = models.CharField("ZIP code", max_length=5, blank=True)
    line = models.PositiveIntegerField()
    row = models.JSONField()
    previous = models.JSONField(
        null=True,
        blank=True,
        editable=False,
        help_text="what this edition said before its last import: run, clinic, content_hash, line, row, previous",
    )

    class Meta:
        ordering = ["source", "edition", "line"]
        constraints = [
            models.UniqueConstraint(fields=["source", "edition", "record_key"], name="record_once_an_edition")
        ]
        indexes = [
            # By the street without its unit, as `normalization.address_of` has it: a building holds several clinics.
            models.Index(
                "zip_code",
                models.Func("street_key", models.Value(" # "), models.Value(1), function="split_part"),
                name="record_by_building",
            ),
        ]
        triggers = KEEP_SOURCES_WORDS

    def __str__(self):
        return f"{source_text(self.source, self.edition)}, line {self.line}"


class PossibleDuplicate(models.Model):
    """Two clinics that may be one place; a person decides, nothing is merged by guess."""

    class Status(models.TextChoices):
        OPEN = "open", "to be decided"
        SAME = "same", "the same place"
        DIFFERENT = "different", "two places"

    one = models.ForeignKey(Clinic, models.CASCADE, related_name="+")
    other = models.ForeignKey(Clinic, models.CASCADE, related_name="+")
    reason = models.CharField(max_length=200)
    similarity = models.FloatField(help_text="trigram similarity of the names, 0 to 1")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False)
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["status", "-similarity"]
        constraints = [
            models.UniqueConstraint(fields=["one", "other"], name="pair_once"),
            models.CheckConstraint(condition=models.Q(one__lt=models.F("other")), name="pair_in_order"),
        ]

    def __str__(self):
        return f"{self.one} / {self.other}"

    def keep_apart(self, by) -> None:
        """Two places: both stay as they are, and the pair is not asked about again."""
        if self.status == self.Status.SAME:
            raise ValueError(f"{self}: these were already merged.")
        self._decide(self.Status.DIFFERENT, by)

    def merge(self, survivor: Clinic, by) -> None:
        """One place: the other side is merged into `survivor`, which takes its part in every other pair.

        Raises ValueError if `survivor` is neither side, or one side was merged before.
        """
        if survivor.pk not in (self.one_id, self.other_id):
            raise ValueError(f"{survivor} is not one of {self}.")
        merged = self.other if survivor.pk == self.one_id else self.one
        with transaction.atomic():
            merged.merge_into(survivor)
            self._decide(self.Status.SAME, by)
            rest = PossibleDuplicate.objects.exclude(status=self.Status.SAME)
            for pair in rest.filter(models.Q(one=merged) | models.Q(other=merged)):
                pair._replace(merged, survivor)

    def _decide(self, status: str, by) -> None:
        self.status, self.decided_by, self.decided_at = status, by, timezone.now()
        self.save(update_fields=["status", "decided_by", "decided_at"])

    def _replace(self, merged: Clinic, survivor: Clinic) -> None:
        third = self.other_id if self.one_id == merged.pk else self.one_id
        one, other = sorted([third, survivor.pk])
        if not PossibleDuplicate.objects.filter(one=one, other=other).exists():
            self.one_id, self.other_id = one, other
            self.save(update_fields=["one", "other"])
        elif self.status == self.Status.OPEN:
            self.delete()  # the same question is asked, or was answered, of the survivor


class ImportDifferenceQuerySet(models.QuerySet):
    def disputed_denials(self):
        """Stated nos that a list contradicts and that no editor has decided."""
        return self.filter(field=ImportDifference.DENIED, status=ImportDifference.Status.OPEN)


class ImportDifference(models.Model):
    """A fact that people confirmed and an import states otherwise: ours stays until an editor decides.

    And a no that one list states and another denies (`field` is DENIED): the no stays until an editor decides.
    """

    DENIED = "denied"

    class Status(models.TextChoices):
        OPEN = "open", "to be decided"
        OURS = "ours", "ours is right"
        THEIRS = "theirs", "theirs was taken over"

    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="import_differences")
    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="differences")
    source = models.CharField(max_length=20, choices=Source.choices)
    edition = models.CharField(max_length=20)
    fact_group = models.CharField(max_length=12, choices=FactGroup.choices)
    field = models.CharField(max_length=30)
    ours = models.TextField(blank=True)
    theirs = models.TextField(blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False)
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ImportDifferenceQuerySet.as_manager()

    class Meta:
        ordering = ["status", "clinic", "field"]
        constraints = [models.UniqueConstraint(fields=["clinic", "field"], name="difference_once_a_field")]

    def __str__(self):
        return f"{self.clinic}, {self.field}: {self.theirs}"

    def decide(self, status: str, by) -> None:
        """Record which side is right and who found out. Writes nothing to the clinic."""
        self.status, self.decided_by, self.decided_at = status, by, timezone.now()
        self.save(update_fields=["status", "decided_by", "decided_at"])

    @property
    def source_text(self) -> str:
        return source_text(self.source, self.edition)
