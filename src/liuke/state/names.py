"""Names of staff by their ids, those who have left too."""

from __future__ import annotations

from collections.abc import Iterable

from liuke.state.models import Staff


def staff_names(staff_ids: Iterable[str | None]) -> dict[str, str]:
    """The names the bank gave; ids it does not know are missing."""
    wanted = {staff_id for staff_id in staff_ids if staff_id}
    return dict(Staff.objects.filter(staff_id__in=wanted).values_list("staff_id", "name")) if wanted else {}
