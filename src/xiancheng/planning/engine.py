"""Which machine runs the searches: scipy, or numba where it is installed; both give the same figures."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Literal

from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text

Engine = Literal["auto", "scipy", "numba"]


def kernels(engine: Engine) -> ModuleType | None:
    """Return the compiled kernels, or None where scipy is to be used.

    Raises
    ------
    XianchengError
        If numba is asked for and not installed.
    """
    if engine == "scipy":
        return None
    if find_spec("numba") is None:
        if engine == "numba":
            raise XianchengError(
                Text("没有安装 numba", "numba is not installed"),
                Text("安装加速组件：pip install 'xiancheng[fast]'", "install it with: pip install 'xiancheng[fast]'"),
            )
        return None
    return import_module("xiancheng.planning.kernels")
