"""What stands in an object, without its notice: none of its code is run.

``inspect.getattr_static`` does so for all that there is in Python, and takes
twenty times as long: too long for what every request is asked.

Source: Python, "Descriptor guide" (attributes), "Data model" (``__slots__``).
"""

from collections.abc import Mapping
from types import MemberDescriptorType
from typing import Any

# A class may have an attribute, and its metaclass a method, of these names.
_attributes_of_class = type.__dict__["__dict__"].__get__
_bases_of_class = type.__dict__["__mro__"].__get__


def attributes(thing: Any) -> Mapping[str, Any]:
    """Return what stands in an object itself, but for slots."""
    try:
        found: Mapping[str, Any] = object.__getattribute__(thing, "__dict__")
    except AttributeError:
        return {}
    return found


def kept(thing: Any, name: str) -> Any:
    """Return what stands under a name in an object, or in its class.

    Args:
        thing: the object, which may be a class.
        name: the attribute's.

    Returns:
        The value; of what a class works out, the descriptor. None if there is
        no such attribute.
    """
    found, kind = attributes(thing), type(thing)
    if name in found:
        return found[name]
    is_class = issubclass(kind, type)
    for base in _bases_of_class(thing if is_class else kind):
        known = _attributes_of_class(base)
        if name in known:
            value = known[name]
            is_slot = type(value) is MemberDescriptorType and not is_class
            return _in_slot(value, thing) if is_slot else value
    return None


def _in_slot(slot: MemberDescriptorType, thing: Any) -> Any:
    """Return what stands in a slot; None if nothing does."""
    try:
        return slot.__get__(thing, type(thing))
    except AttributeError:
        return None
