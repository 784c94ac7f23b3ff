"""When a week is told: what forms ask for the day, the hour and the time zone."""

from typing import Any
from zoneinfo import available_timezones

from django import forms

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HOURS = [(hour, f"{hour:02}:00") for hour in range(24)]


class Zone(forms.CharField):
    """The name of a time zone."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=64, **options)

    def clean(self, value: Any) -> str:
        name = str(super().clean(value))
        if name not in available_timezones():
            raise forms.ValidationError("That is no time zone. Write it like Europe/Berlin.")
        return name
