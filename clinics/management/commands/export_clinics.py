from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from clinics.imports.export import ExportTooLarge, export_rows, write_csv_file, write_workbook

WRITERS = {".csv": write_csv_file, ".xlsx": write_workbook}


class Command(BaseCommand):
    help = "Write every clinic with its facts and their evidence to a CSV or XLSX that import_clinics reads back."

    def add_arguments(self, parser):
        parser.add_argument("path", type=Path, help="a name that ends in .csv or .xlsx")

    def handle(self, *, path, **options):
        write = WRITERS.get(path.suffix.lower())
        if write is None:
            raise CommandError(f"{path} should end in .csv or .xlsx.")
        unfinished = path.with_name(f".{path.name}.unfinished")  # a name of its own until it is whole
        try:
            count = write(unfinished, export_rows())
            unfinished.replace(path)
        except ExportTooLarge as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{path} could not be written: {error.strerror}.") from error
        finally:
            unfinished.unlink(missing_ok=True)
        self.stdout.write(f"{count:,} clinics written to {path}.")
