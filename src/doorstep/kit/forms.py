"""Forms as browsers send them from public pages."""

from urllib.parse import parse_qs

from doorstep.kit.public_pages import AnyRequest

MAX_FORM_BYTES = 50_000
"""For ``request_max_body_size`` of routes that take a form."""
MOST_FIELDS = 1000
LONGEST = 5000
"""Letters of a field that are read; what is longer is cut, and refused where it is checked."""


async def form_of(request: AnyRequest) -> dict[str, str]:
    """The fields of a form (``application/x-www-form-urlencoded``), the first of each name.

    Parameters
    ----------
    request
        A request whose route limits its body to ``MAX_FORM_BYTES``.

    Returns
    -------
    dict of str to str
        Without NUL, at most ``LONGEST`` letters each; empty if the form cannot be read.
    """
    try:
        fields = parse_qs(
            (await request.body()).decode(errors="replace"), max_num_fields=MOST_FIELDS
        )
    except ValueError:
        fields = {}
    return {name: values[0].replace("\x00", "")[:LONGEST] for name, values in fields.items()}
