"""Imported by the nursery before it forks anybody."""

from tests.nursery import import_libraries

import_libraries()
