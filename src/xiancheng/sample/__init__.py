"""The sample county: writes ordinary source files of a synthetic town, then imports them like anyone's."""

from xiancheng.sample.importer import import_sources
from xiancheng.sample.sources import SampleSources, write_sources

__all__ = ["SampleSources", "import_sources", "write_sources"]
