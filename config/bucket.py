"""Uploads on S3-compatible storage, for a site with more than one web server."""

from django.core.exceptions import ImproperlyConfigured

FOLDERS = {"default": "uploads", "pictures": "pictures"}  # by the name of the storage


def storages(bucket: str, endpoint_url: str, keys: dict[str, str]) -> dict[str, dict]:
    """The two storages that hold uploads, both private: readers get pictures from the site itself, at /pictures/.

    Without an endpoint the bucket is one of Amazon's. Raises ImproperlyConfigured if a part is missing, rather
    than store some uploads on a machine and some in a bucket.
    """
    missing = [f"S3_{name.upper()}" for name, value in keys.items() if not value] + ([] if bucket else ["S3_BUCKET"])
    if missing:
        raise ImproperlyConfigured(f"Uploads in a bucket need {', '.join(missing)} too; or unset every S3_ variable.")
    options: dict[str, object] = {
        **keys,
        "bucket_name": bucket,
        "endpoint_url": endpoint_url or None,
        "default_acl": None,
    }
    options |= {"file_overwrite": False, "addressing_style": "path" if endpoint_url else "auto"}
    return {
        name: {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options | {"location": folder}}
        for name, folder in FOLDERS.items()
    }
