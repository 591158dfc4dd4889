"""The house put together from its settings: the one place where rooms are opened for a process.

Belongs here: `House` (settings, lake, raw store, vector store, fetcher) and the folders of `data/`.
Not here: what the rooms do; Dagster.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tauric_assets.errors import StorageUnavailable
from tauric_assets.lake.raw import RawStore
from tauric_assets.settings import Settings
from tauric_assets.times import Clock, system_clock

if TYPE_CHECKING:
    from tauric_assets.feeds.contract import Fetching
    from tauric_assets.lake.store import Lake
    from tauric_assets.text.embedders import Embedder
    from tauric_assets.text.sentiment.models import SentimentModel
    from tauric_assets.vectors.store import VectorStore

Progress = Callable[[str, str], None]
"""Called with the asset at work and a short word on the unit just done."""


DONE = "done"
"""The word with which an asset at work says it has finished."""


def silent(asset: str, word: str) -> None:
    """A Progress that shows nothing."""


@dataclass(frozen=True)
class House:
    """Everything a process needs to work with the house. Opens nothing until it is used."""

    settings: Settings
    clock: Clock = system_clock
    progress: Progress = silent

    @cached_property
    def lake(self) -> "Lake":
        """The Delta tables. Imported when first asked for: what only looks at files needs no engine."""
        from tauric_assets.lake.store import Lake

        self.folder("state")
        return Lake(self.settings.lake_root, clock=self.clock)

    @cached_property
    def raw(self) -> RawStore:
        """The content-addressed documents."""
        return RawStore(self.settings.data_dir / "raw")

    @cached_property
    def vectors(self) -> "VectorStore":
        """The LanceDB table of chunks. Imported when first asked for: LanceDB takes a second that most do not need."""
        from tauric_assets.vectors.store import VectorStore

        return VectorStore(self.folder("vectors") / "lancedb", self.embedder)

    @property
    def has_vectors(self) -> bool:
        """Whether anything was embedded yet; asking makes nothing."""
        return (self.settings.data_dir / "vectors" / "lancedb").is_dir()

    @cached_property
    def embedder(self) -> "Embedder":
        """What turns texts into vectors; a model's vectors are kept, so that no text is embedded twice."""
        from tauric_assets.text.embedders import embedder_named
        from tauric_assets.text.embedding.cache import CachedEmbedder

        embedder = embedder_named(self.settings.embedder, self.settings)
        return CachedEmbedder(embedder, self.folder("vectors") / "made.sqlite") if embedder.is_model else embedder

    @cached_property
    def sentiment(self) -> "SentimentModel":
        """The sentiment model of the settings."""
        from tauric_assets.text.sentiment.models import sentiment_model_named

        return sentiment_model_named(self.settings.sentiment_model, self.settings)

    @property
    def journals(self) -> Path:
        """Folder of what is being collected."""
        return self.folder("state") / "collected"

    @property
    def snapshots(self) -> Path:
        """Folder of the FAISS snapshots."""
        return self.folder("vectors") / "faiss"

    @property
    def pictures(self) -> Path:
        """Folder of the chart pictures."""
        return self.folder("charts")

    @property
    def warehouse(self) -> Path:
        """The DuckDB file anybody may open read-only."""
        return self.folder(".") / "tauric.duckdb"

    def folder(self, name: str) -> Path:
        """A folder below `data_dir`, made if it is missing.

        Raises: StorageUnavailable: it cannot be made.
        """
        path = self.settings.data_dir / name
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageUnavailable(f"cannot make {path}: {error.strerror}; set TAURIC_DATA_DIR elsewhere") from None
        return path

    @contextmanager
    def fetching(self, held: Mapping[str, str] | None = None) -> Iterator["Fetching"]:
        """A fetcher for the configured upstreams, closed afterwards; `held`: address to SHA-256 of what is stored."""
        from tauric_assets.feeds.fetch import Fetcher

        self.folder("state")
        with Fetcher(self.settings, clock=self.clock, held=held, stored=self.raw.get) as fetcher:
            yield fetcher
