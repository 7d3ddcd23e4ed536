"""The errors of a form as links to its fields."""

from django import template

from core.forms import anchor_of

register = template.Library()


@register.filter
def linked_errors(form, named: bool = False) -> list[tuple[str, str]]:
    """(id of the field, message), in the order of the fields; `named`: after its label."""
    return [
        (anchor_of(field), f"{field.label}: {error}" if named else error) for field in form for error in field.errors
    ]


@register.filter
def selected_count(options: list[dict]) -> int:
    """How many of a group of choices are chosen."""
    return sum(1 for option in options if option["selected"])
