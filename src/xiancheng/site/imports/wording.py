"""Messages of the model speak of the options of the command line; a page has fields instead."""

from __future__ import annotations

import re

from xiancheng.foundation.text import Text

FIELDS = {
    "--class": Text("“要素类”", "“Class”"),
    "--datum": Text("“坐标基准”", "“Datum”"),
    "--encoding": Text("“文字编码”", "“Encoding”"),
    "--format": Text("正确的扩展名", "the right ending"),
    "--header-row": Text("“表头在第几行”", "“Header row”"),
    "--id": Text("“编号”", "“Identifier”"),
    "--layer": Text("“图层”", "“Layer”"),
    "--partial": Text("“只是一部分”", "“A part only”"),
    "--source": Text("“来源名称”", "“Name of the source”"),
    "--valid-from": Text("“内容说的是哪一天”", "“Day that it describes”"),
}
_OPTION = re.compile(r" ?(--[a-z][a-z-]*) ?")


def in_page_words(text: Text) -> Text:
    """Return a message with the names of fields in the place of options."""
    zh = _OPTION.sub(lambda m: FIELDS[m[1]].zh if m[1] in FIELDS else m[0], text.zh)
    en = re.sub(r"--[a-z][a-z-]*", lambda m: FIELDS[m[0]].en if m[0] in FIELDS else m[0], text.en)
    return Text(zh, en)
