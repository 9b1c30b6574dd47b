"""Which machine runs the searches: scipy, or numba where it is installed; both give the same figures."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Literal

import numpy as np

from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text

Engine = Literal["auto", "scipy", "numba"]


WORTH = 200_000_000
"""Node visits (about two seconds of scipy) from which starting numba, a second or two, is worth while."""

_MODULE = "xiancheng.planning.kernels"


def kernels(engine: Engine, *, visits: float = np.inf) -> ModuleType | None:
    """Return the compiled kernels, or None where scipy is to be used.

    Parameters
    ----------
    engine
        ``auto`` takes numba where it is installed and either started already or worth starting.
    visits
        How many nodes the search may visit, all its sources together.

    Raises
    ------
    XianchengError
        If numba is asked for and not installed.
    """
    if engine == "scipy" or (engine == "auto" and visits < WORTH and _MODULE not in sys.modules):
        return None
    if find_spec("numba") is None:
        if engine == "numba":
            raise XianchengError(
                Text("没有安装 numba", "numba is not installed"),
                Text("安装加速组件：pip install 'xiancheng[fast]'", "install it with: pip install 'xiancheng[fast]'"),
            )
        return None
    return import_module(_MODULE)
