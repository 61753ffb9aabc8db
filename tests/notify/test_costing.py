import pytest

from doorstep.notify.costing import sms_parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("x" * 160, 1),
        ("x" * 161, 2),
        ("x" * 306, 2),
        ("x" * 307, 3),
        # Letters of other scripts make all of it wide; a face is two of them.
        ("ж" * 70, 1),
        ("ж" * 71, 2),
        ("x" * 70 + "ж", 2),
        ("\U0001f600" * 35, 1),
        ("\U0001f600" * 36, 2),
        # What takes an escape counts twice.
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("äöüß" * 40, 1),
    ],
)
def test_an_sms_is_counted_in_the_parts_that_are_paid_for(text, parts):
    assert sms_parts(text) == parts
