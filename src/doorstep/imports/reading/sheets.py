"""Writes one sheet of a workbook to standard output as an Arrow stream of text; run as a program.

A cell far away from the others, or a text that a million cells share, makes a small workbook need
any amount of memory, and the reader of workbooks then ends its whole process. This is that
process: it has a limit of memory, and nothing else to lose. It imports nothing of the house, so
that it starts fast.

Its arguments are the path and perhaps the sheet's name. It ends with one of the codes below; after
SEVERAL and MISSING the output is JSON, the names of the sheets that have content and are shown.
"""

import json
import sys
from typing import Any

import fastexcel
from pyarrow import ipc

_ipc: Any = ipc  # Its types are partly wrong.
OK, SEVERAL, MISSING, BROKEN = 0, 10, 11, 12
NAME = b"sheet"
BATCH_ROWS = 50_000
MAX_MEMORY_BYTES = 6 * 2**30


def main() -> int:
    """Write the sheet that was asked for, or the only one that can be meant."""
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - Windows has none.

        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    path, *names = sys.argv[1:]
    try:
        workbook = fastexcel.read_excel(path)
        if names and names[0] not in workbook.sheet_names:
            return _tell(MISSING, workbook.sheet_names)
        # With a header of its own making, no row is taken for one, and none is skipped.
        loaded = [
            workbook.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
            for name in names or workbook.sheet_names
        ]
        shown = [
            sheet for sheet in loaded if names or (sheet.visible == "visible" and sheet.height)
        ]
        if len(shown) > 1:
            return _tell(SEVERAL, [sheet.name for sheet in shown])
        chosen = shown[0] if shown else loaded[0]
        cells: Any = chosen.to_arrow()
    except fastexcel.FastExcelError as error:
        sys.stderr.write(str(error))
        return BROKEN
    schema = cells.schema.with_metadata({NAME: chosen.name.encode()})
    packed = _ipc.IpcWriteOptions(compression="lz4")
    with _ipc.new_stream(sys.stdout.buffer, schema, options=packed) as stream:
        for start in range(0, cells.num_rows, BATCH_ROWS):
            stream.write_batch(
                cells.slice(start, BATCH_ROWS).replace_schema_metadata(schema.metadata)
            )
    return OK


def _tell(code: int, names: list[str]) -> int:
    json.dump(names, sys.stdout)
    return code


if __name__ == "__main__":
    sys.exit(main())
