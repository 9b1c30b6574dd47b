"""Settings of suggestions from text: the shipped ones and a county's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from xiancheng.foundation.errors import ConfigError
from xiancheng.foundation.resources import data_folder
from xiancheng.foundation.text import Text
from xiancheng.foundation.toml_file import county_toml, read_toml

OVERRIDE = Path("operations") / "suggesting.toml"


@dataclass(frozen=True, slots=True)
class SuggestionSettings:
    """What ``suggesting.toml`` says.

    Attributes
    ----------
    shortest, longest
        Lengths of the character n-grams.
    bits
        They are hashed into ``2 ** bits`` buckets.
    features
        How many buckets are kept at most, those in most texts.
    least_documents
        In how many texts a bucket has to be.
    least_examples
        How many texts a class needs to be learned.
    penalty
        Strength of the quadratic penalty on the weights.
    steps
        Most steps of the optimiser.
    train, calibrate
        Shares of the texts, by time, for learning and for the temperature; the rest evaluates.
    abstain_below
        Least certainty of a suggestion.
    shown
        How many classes are suggested at most.
    explained
        How many n-grams explain one.
    """

    shortest: int
    longest: int
    bits: int
    features: int
    least_documents: int
    least_examples: int
    penalty: float
    steps: int
    train: float
    calibrate: float
    abstain_below: float
    shown: int
    explained: int

    def as_dict(self) -> dict[str, Any]:
        """Return what a model file says of how it was made."""
        return asdict(self)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> SuggestionSettings:
        """Build from a table.

        Raises
        ------
        ConfigError
            If a value is missing or cannot be.
        """
        try:
            given: dict[str, Any] = {f.name: (int if f.type == "int" else float)(values[f.name]) for f in fields(cls)}
            made = cls(**given)
        except (KeyError, TypeError, ValueError) as error:
            raise _wrong(Text(str(error), str(error))) from error
        if not (1 <= made.shortest <= made.longest <= 8 and 8 <= made.bits <= 24 and made.features >= 1):
            raise _wrong(Text("字符长度、bits 或 features 超出范围", "lengths, bits or features are out of range"))
        if not (0 < made.train < 1 and 0 < made.calibrate < 1 and made.train + made.calibrate < 1 and made.penalty > 0):
            raise _wrong(
                Text(
                    "train + calibrate 应小于 1，penalty 应为正", "train + calibrate must be below 1, penalty positive"
                )
            )
        return made


def load_settings(county_folder: Path | None = None) -> SuggestionSettings:
    """Return the settings of a county.

    Raises
    ------
    ConfigError
        If a value cannot be what it should be.
    """
    base = read_toml(data_folder("catalogues") / "operations" / "suggesting.toml")
    own = county_toml(county_folder, OVERRIDE)
    return SuggestionSettings.of({**base, **own})


def _wrong(reason: Text) -> ConfigError:
    return ConfigError(
        Text(f"文本建议的设置有误：{reason.zh}", f"the settings of suggestions are wrong: {reason.en}"),
        Text(f"核对 {OVERRIDE}", f"check {OVERRIDE}"),
    )
