"""Scripts as spreadsheets for ODK and its kin (XLSForm), and such spreadsheets as scripts."""

from doorstep.surveys.xlsform.reading import read_xlsform
from doorstep.surveys.xlsform.writing import write_xlsform

__all__ = ["read_xlsform", "write_xlsform"]
