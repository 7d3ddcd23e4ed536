import errno

import pytest
from django.core.files.base import ContentFile

from config.static_files import WholeStaticFiles


class TooLong(ContentFile):
    def chunks(self, chunk_size=None):
        yield b"a { color"
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_file_that_was_cut_off_by_a_full_disk_does_not_stay(tmp_path):
    storage = WholeStaticFiles(location=tmp_path)
    with pytest.raises(OSError, match="No space left"):
        storage.save("base.css", TooLong(b""))
    assert not storage.exists("base.css")
    storage.save("base.css", ContentFile(b"a { color: red }"))
    assert (tmp_path / "base.css").read_bytes() == b"a { color: red }"
