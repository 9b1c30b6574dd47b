"""A scheme of categories: its kinds, how it writes codes, and its classes and subclasses with their validity."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import SequenceMatcher

from xiancheng.foundation.errors import UnknownNameError, XianchengError
from xiancheng.foundation.text import Text
from xiancheng.operations.terms import CategoryKey

_NOISE = re.compile(r"[\W_]+")


class CodeError(XianchengError):
    """What stands where a code should is none of the scheme's."""


def plain(text: str) -> str:
    """Return text for comparing titles: full-width characters folded, case, spaces and punctuation dropped."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", text)).casefold()


@dataclass(frozen=True, slots=True)
class Derived:
    """Categories that a kind has because another kind has them: 供水井盖 (component) gives the matter 供水井盖异常."""

    kind: str
    title: Text


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of a scheme's categories.

    Attributes
    ----------
    class_width, sub_width
        Digits of a class, and of a subclass within its class.
    local
        First and last number of a subclass that is left to the cities' own; None if the scheme leaves none.
    derived
        Which categories of another kind this one has too.
    """

    name: str
    title: Text
    class_width: int
    sub_width: int
    local: tuple[int, int] | None = None
    derived: Derived | None = None

    def class_code(self, written: object) -> str:
        """Return the code of a class in the scheme's width: ``1``, ``"01"`` and ``1.0`` are 01.

        Raises
        ------
        CodeError
            If it is no number, or too long.
        """
        return _padded(written, self.class_width, Text("大类代码", "code of a class"))

    def code(self, class_written: object, sub_written: object) -> str:
        """Return the code of a subclass with its class; a subclass written with its class (0102) is understood.

        Raises
        ------
        CodeError
            If one is no number, too long, or the subclass names another class.
        """
        digits = _digits(sub_written)
        if class_written in {"", None}:
            if len(digits) != self.class_width + self.sub_width:
                raise CodeError(
                    Text(f"小类“{sub_written}”没有大类代码", f"subclass {sub_written!r} has no class"),
                    Text("补上大类代码", "fill in the code of the class"),
                )
            return digits
        class_code = self.class_code(class_written)
        if len(digits) == self.class_width + self.sub_width:
            if not digits.startswith(class_code):
                raise CodeError(
                    Text(
                        f"小类“{sub_written}”不属于大类 {class_code}",
                        f"subclass {sub_written!r} is not of class {class_code}",
                    ),
                    Text("核对大类和小类代码", "check both codes"),
                )
            return digits
        return class_code + _padded(sub_written, self.sub_width, Text("小类代码", "code of a subclass"))

    def is_local(self, code: str) -> bool:
        """Whether the number of a subclass is one that the scheme leaves to the cities."""
        number = code[self.class_width :]
        return bool(self.local and number and self.local[0] <= int(number) <= self.local[1])


@dataclass(frozen=True, slots=True)
class Category:
    """One class or subclass during one time.

    Attributes
    ----------
    title
        Its title; Chinese in both languages where no English is known.
    valid_from, valid_to
        First day, and the day after the last; None while it is valid.
    local
        Whether the county added it.
    """

    key: CategoryKey
    title: Text
    valid_from: date
    valid_to: date | None = None
    local: bool = False

    def valid_on(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class Scheme:
    """A code list with its versions.

    Attributes
    ----------
    complete
        Whether all codes are listed; of a partial list an unlisted code is not known to be wrong.
    rank
        Which scheme is taken first where several fit.
    entries
        Kind and code → its versions, earliest first.
    """

    name: str
    title: Text
    valid_from: date
    valid_to: date | None
    complete: bool
    rank: int
    kinds: Mapping[str, Kind]
    entries: Mapping[tuple[str, str], tuple[Category, ...]] = field(repr=False)

    def kind(self, name: str) -> Kind:
        """Return a kind.

        Raises
        ------
        UnknownNameError
            If the scheme has none of that name.
        """
        if name not in self.kinds:
            raise UnknownNameError(Text("类别种类", "kind of category"), name, list(self.kinds))
        return self.kinds[name]

    def get(self, kind: str, code: str, on: date | None = None) -> Category | None:
        """Return the category of a code on a day (None: its latest version), None if there is none."""
        versions = self.entries.get((kind, code), ())
        found = [v for v in versions if on is None or v.valid_on(on)]
        return found[-1] if found else self._derive(kind, code, on)

    def lookup(self, key: CategoryKey, on: date | None = None) -> Category:
        """Return the category of a key.

        Raises
        ------
        UnknownNameError
            If the scheme has no such category on that day; suggests near codes.
        """
        found = self.get(key.kind, key.code, on) if key.scheme == self.name else None
        if found is None:
            near = [str(CategoryKey(self.name, key.kind, c.key.code)) for c in self.categories(key.kind, on)]
            raise UnknownNameError(Text("类别", "category"), str(key), near)
        return found

    def class_of(self, key: CategoryKey, on: date | None = None) -> Category | None:
        """Return the class that a category is in."""
        width = self.kind(key.kind).class_width
        return self.get(key.kind, key.code[:width], on)

    def categories(self, kind: str | None = None, on: date | None = None) -> Iterator[Category]:
        """Yield the listed categories (no derived ones) by kind and code: the latest versions, or those on a day."""
        for (entry_kind, _), versions in sorted(self.entries.items()):
            if kind is None or entry_kind == kind:
                found = [v for v in versions if on is None or v.valid_on(on)]
                if found:
                    yield found[-1]

    def find(self, text: str, *, kind: str | None = None, on: date | None = None, most: int = 10) -> list[Category]:
        """Return the categories that a text may mean, best first: by code, by title in it, by likeness of the title."""
        wanted = plain(text)
        if not wanted:
            return []
        scored = [(_score(wanted, c), c.key, c) for c in self.categories(kind, on)]
        best = sorted((s for s in scored if s[0] > 0.34), key=lambda s: (-s[0], s[1]))
        return [category for _, _, category in best[:most]]

    def suggest(self, kind: str, title: str, most: int = 3) -> list[Category]:
        """Return the subclasses of a kind whose titles are most like this one."""
        width = self.kind(kind).class_width
        return [c for c in self.find(title, kind=kind, most=most + width) if len(c.key.code) > width][:most]

    def titled(self, kind: str, title: str) -> list[Category]:
        """Return the categories of exactly this title (spaces and punctuation aside)."""
        wanted = plain(title)
        return [c for c in self.categories(kind) if plain(c.title.zh) == wanted]

    def _derive(self, kind: str, code: str, on: date | None) -> Category | None:
        derived = self.kinds[kind].derived if kind in self.kinds else None
        origin = self.get(derived.kind, code, on) if derived else None
        if derived is None or origin is None:
            return None
        known_in_english = origin.title.en != origin.title.zh
        title = derived.title.format(title=origin.title)
        return Category(
            CategoryKey(self.name, kind, code),
            title if known_in_english else Text(title.zh, title.zh),
            origin.valid_from,
            origin.valid_to,
            origin.local,
        )


def ordered(versions: Iterable[Category]) -> tuple[Category, ...]:
    """Return versions by their first day."""
    return tuple(sorted(versions, key=lambda v: v.valid_from))


def _score(wanted: str, category: Category) -> float:
    if wanted == category.key.code:
        return 3.0
    best = 0.0
    for title in {plain(category.title.zh), plain(category.title.en)}:
        if wanted == title:
            return 2.0
        if wanted in title or title in wanted:
            best = max(best, 1.0 + min(len(wanted), len(title)) / max(len(wanted), len(title)))
        else:
            best = max(best, SequenceMatcher(None, wanted, title).ratio())
    return best


def _digits(written: object) -> str:
    if isinstance(written, bool):
        return ""
    if isinstance(written, float):
        return str(int(written)) if written.is_integer() and written >= 0 else ""
    text = unicodedata.normalize("NFKC", str(written)).strip()
    text = re.sub(r"\.0+$", "", text)
    return text if re.fullmatch(r"[0-9]+", text) else ""


def _padded(written: object, width: int, what: Text) -> str:
    digits = _digits(written)
    number = digits.lstrip("0")
    if not digits or len(number) > width:
        raise CodeError(
            Text(f"“{written}”不是{what.zh}（{width} 位数字）", f"{written!r} is no {what.en} ({width} digits)"),
            Text(
                "写成文本格式的数字，如 " + "1".zfill(width),
                "write digits in a cell of text, such as " + "1".zfill(width),
            ),
        )
    return number.zfill(width)
