"""learn2learn, imported on demand; the error for a missing one tells how to install it."""

import importlib
import io
import sys
import warnings
from contextlib import redirect_stderr
from types import ModuleType

from fewshot.core.errors import Lacking

HOW = (
    "in a clone, uv sync --group interop; with pip, pip install 'cython>=3' 'setuptools<81' wheel gym requests and "
    "then pip install --no-build-isolation --no-deps --config-settings=--global-option=build_ext learn2learn==0.2.0. "
    "Both need a C compiler"
)


def import_learn2learn() -> ModuleType:
    """The package learn2learn with its vision models.

    Raises `Lacking` with the way to install it if it is missing or cannot be imported.
    """
    try:
        _import_gym()
        package = importlib.import_module("learn2learn")
        importlib.import_module("learn2learn.vision.models")
    except ImportError as error:
        raise Lacking(f"expected learn2learn 0.2.0 to be installed, got: {error}. To get it: {HOW}") from error
    return package


def _import_gym() -> None:
    """Import gym, which learn2learn needs, without its printed notice and warnings."""
    if "gym" not in sys.modules:
        with redirect_stderr(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            importlib.import_module("gym")
