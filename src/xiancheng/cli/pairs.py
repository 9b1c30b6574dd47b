"""Arguments of the forms KEY=VALUE and LON,LAT."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text


def pairs(given: Iterable[str], form: Text, example: str) -> Iterator[tuple[str, str]]:
    """Split arguments at their first equals sign.

    Parameters
    ----------
    form
        What they should look like, such as ``ATTRIBUTE=COLUMN``.
    example
        A good one, for the error.

    Raises
    ------
    XianchengError
        If one has no equals sign.
    """
    for argument in given:
        key, separator, value = argument.partition("=")
        if not separator:
            raise XianchengError(
                Text(f"“{argument}”应为 {form.zh}", f"{argument!r} must be {form.en}"),
                Text(f"例如 {example}", f"for example {example}"),
            )
        yield key, value


def lon_lat(text: str) -> tuple[float, float]:
    """Return longitude and latitude of ``--at``.

    Raises
    ------
    XianchengError
        If the text is not two numbers with a comma between.
    """
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError:
        raise XianchengError(
            Text(f"--at “{text}”应为 经度,纬度", f"--at {text!r} must be LON,LAT"),
            Text("例如 --at 110.52,40.56", "for example --at 110.52,40.56"),
        ) from None
    return lon, lat
