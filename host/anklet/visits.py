"""Visits: the only place that joins recordings, analysis and store."""

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from anklet import __version__
from anklet.analysis import ALGORITHM, Settings, analyze
from anklet.errors import DataError, StoreError
from anklet.exchange.analysis_json import analysis_to_dict
from anklet.exchange.checks import check_samples
from anklet.exchange.columns import ANKLET, ColumnMap, map_from_dict, map_to_dict
from anklet.exchange.csv_in import FileSamples, parse_samples
from anklet.measures.norms import BORROWED_SEM, NORMS
from anklet.measures.trend import fit_trend
from anklet.model import MEASURES, SIDES, Analysis, Measure, Placement, Recording, Samples, Trend
from anklet.packets import AT_REST, SATURATED, concatenate, decode
from anklet.store import Assessment, Provenance, Store, StoredRecording, VisitResult

Who = Literal["left", "right", "difference"]
WHO: tuple[Who, ...] = get_args(Who)
