"""Addresses as people write them: their parts, keys under which they are the same, their order."""

from doorstep.algorithms.addresses.keys import number_key, street_key, unit_key
from doorstep.algorithms.addresses.lines import AddressLine, split_line
from doorstep.algorithms.addresses.ordering import natural_key, unit_order

__all__ = [
    "AddressLine",
    "natural_key",
    "number_key",
    "split_line",
    "street_key",
    "unit_key",
    "unit_order",
]
