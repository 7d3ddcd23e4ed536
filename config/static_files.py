from whitenoise.storage import CompressedManifestStaticFilesStorage


class WholeStaticFiles(CompressedManifestStaticFilesStorage):
    """Removes a file that was not written to its end: collectstatic keeps whatever is younger than its source."""

    def _save(self, name, content):
        try:
            return super()._save(name, content)
        except BaseException:  # also Ctrl+C
            self.delete(name)
            raise
