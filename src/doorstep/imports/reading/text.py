"""Text files as a stream of UTF-8, however they are packed and encoded."""

import codecs
import gzip
import re
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

import chardet

from doorstep.imports.reading.guarding import check_size
from doorstep.imports.reading.table import refuse

CHUNK_BYTES = 4 * 2**20
SAMPLE_BYTES = 2**20
_BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
# Where two fit about as well, the first: what spreadsheets on Windows, old Macs and DOS write,
# then Central Europe and the others.
_ENCODINGS = (
    "cp1252", "mac-roman", "cp850", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256",
    "cp1257", "cp874", "koi8-r", "cp932", "gb18030", "big5hkscs", "cp949", "euc-jp",
)  # fmt: skip
_ABOUT_AS_WELL = 0.85
# The words with foreign letters tell encodings apart; the rest is the same in all of them.
_WORDS = re.compile(rb'[^\s,;|\t"\x00-\x2b]*[\x80-\xff][^\s,;|\t"\x00-\x2b]*')
_MAX_WORDS_BYTES = 2**16
# Text has no control characters but these: tab, line ends, page break, the end mark of DOS.
_CONTROL = bytes(set(range(32)) - {9, 10, 11, 12, 13, 26})


class Readable(Protocol):
    """Bytes to be read one after the other."""

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, at most so many."""
        ...


@dataclass(frozen=True)
class TextFile:
    """A file with text in it: plain, packed with gzip, or a member of a zip."""

    path: Path
    gzipped: bool = False
    member: str | None = None

    @property
    def size(self) -> int:
        """Bytes on disk, as `chunks` counts what is done."""
        return self.path.stat().st_size

    def chunks(self) -> Iterator[tuple[bytes, int]]:
        """Yield the file's bytes in order, and how many bytes of the file on disk are read.

        Raises
        ------
        RefusedError
            If a packed file is broken, cut short, or unpacks to too much.
        """
        packed, unpacked = self.size, 0
        try:
            with self.path.open("rb") as raw, self._unpacked(raw) as file:
                while chunk := file.read(CHUNK_BYTES):
                    unpacked += len(chunk)
                    if file is not raw:
                        check_size(unpacked, packed)
                    yield chunk, raw.tell()
        # NotImplementedError is how zipfile says that it does not know a packing.
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError):
            refuse("The file is cut short or broken inside. Copy or export it again.")

    @contextmanager
    def _unpacked(self, raw: BinaryIO) -> Generator[Readable]:
        if self.gzipped:
            with gzip.GzipFile(fileobj=raw) as file:
                yield file
        elif self.member is not None:
            with zipfile.ZipFile(raw) as archive, archive.open(self.member) as file:
                yield file
        else:
            yield raw


class Survey(NamedTuple):
    """What one look at all of a text file says of it; `sample` is its beginning."""

    encoding: str
    sample: str
    whole: bool
    line_count: int


def survey(file: TextFile) -> Survey:
    """Find out how a text file is encoded and how many lines it has about.

    A first foreign letter may stand anywhere in a large file, so all of it is read.

    Raises
    ------
    RefusedError
        If it is empty, not text, or broken.
    """
    beginning, line_count, size = b"", 0, 0
    judge = Judge()
    for chunk, _ in file.chunks():
        size += len(chunk)
        if len(beginning) < SAMPLE_BYTES:
            beginning += chunk[:SAMPLE_BYTES]
        # Lines end with one of the two, or with both.
        line_count += max(chunk.count(b"\n"), chunk.count(b"\r"))
        judge.hear(chunk)
    wide = _wide_encoding(beginning)
    if (
        not wide
        and len(beginning) - len(beginning.translate(None, _CONTROL)) > len(beginning) // 20
    ):
        refuse(
            "The file is not text, whatever it is called. Open it in the program it comes from "
            "and save the list as CSV UTF-8."
        )
    encoding = wide or judge.encoding()
    whole = size <= SAMPLE_BYTES
    sample = codecs.getincrementaldecoder(encoding)("replace").decode(beginning, final=whole)
    sample = sample.removeprefix("\ufeff")
    if not sample.strip("\0 \t\r\n\x1a"):
        refuse("The file is empty. Export it again, with its header row.")
    return Survey(encoding, sample, whole, line_count)


def utf8_chunks(file: TextFile, encoding: str) -> Iterator[tuple[bytes, int]]:
    """Yield the text as chunks of valid UTF-8 without a byte order mark.

    What cannot be read becomes U+FFFD, so that the cell is found and the row named.
    """
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    mark, done = "\ufeff", 0
    for chunk, done in file.chunks():
        if chunk.isascii() and encoding == "utf-8" and not decoder.getstate()[0]:
            yield chunk, done
        else:
            yield decoder.decode(chunk).removeprefix(mark).encode(), done
        mark = ""
    yield decoder.decode(b"", final=True).encode(), done


def _wide_encoding(beginning: bytes) -> str | None:
    """The encoding, where a byte order mark or the zeros of UTF-16 tell it."""
    for mark, encoding in _BOMS.items():
        if beginning.startswith(mark):
            return encoding
    half = len(beginning) // 2
    low, high = beginning[::2].count(0), beginning[1::2].count(0)
    # In tables of any script, separators, digits and line ends have a zero in half of their bytes.
    if high * 8 > half and high > 4 * low:
        return "utf-16-le"
    if low * 8 > half and low > 4 * high:
        return "utf-16-be"
    return None


class Judge:
    """Hears all chunks of a file and tells whether they are UTF-8 or, by their words, what else."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._good = self._bad = 0
        self._words: dict[bytes, None] = {}
        self._words_bytes = 0

    def hear(self, chunk: bytes) -> None:
        """Take the next bytes into account."""
        if chunk.isascii() and not self._decoder.getstate()[0]:
            return
        text = self._decoder.decode(chunk)
        try:
            # Cheap, and true of every chunk of a sound file.
            encoded_bytes = len(text.encode())
        except UnicodeEncodeError:
            bad = sum("\ud800" <= one <= "\udfff" for one in text)
            self._bad += bad
            self._good += sum(one > "\x7f" for one in text) - bad
            self._listen(chunk)
        else:
            self._good += encoded_bytes - len(text)

    def _listen(self, chunk: bytes) -> None:
        for found in _WORDS.finditer(chunk):
            if self._words_bytes > _MAX_WORDS_BYTES:
                return
            word = found[0][:100]
            # A single byte is no word, but what binary files hold between texts.
            if len(word) > 1 and word not in self._words:
                self._words[word] = None
                self._words_bytes += len(word)

    def encoding(self) -> str:
        """Return the encoding that fits best, once all is heard."""
        tail = self._decoder.decode(b"", final=True)
        # Half a letter at the end is what a copy that was cut short leaves.
        is_utf8 = self._bad <= 5 * self._good and (self._good or not tail or tail[0] < "\udce0")
        if is_utf8:
            return "utf-8"
        words = b" ".join(self._words) or tail.encode("utf-8", "surrogateescape")
        found = chardet.detect_all(
            words,
            ignore_threshold=True,
            include_encodings=_ENCODINGS,
            empty_input_encoding="cp1252",
            compat_names=False,
        )
        best = max((one["confidence"] for one in found), default=0)
        fitting = {
            codecs.lookup(one["encoding"]).name
            for one in found
            if one["encoding"] and one["confidence"] >= _ABOUT_AS_WELL * best
        }
        ranked = (name for name in _ENCODINGS if codecs.lookup(name).name in fitting)
        return next(ranked, _ENCODINGS[0])
