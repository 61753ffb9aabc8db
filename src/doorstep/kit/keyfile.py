"""Files that hold a secret: made once, for this account's eyes only."""

import os
from pathlib import Path


def read_or_make(path: Path, fresh: bytes) -> bytes:
    """What a secret's file holds; it is made of ``fresh`` if there is none.

    Of two programs that start at once, one makes the file and both use it.
    """
    if not path.exists():
        # Linked into place, so that nobody ever reads half of it.
        draft = path.with_suffix(f".{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(fresh)
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes()
