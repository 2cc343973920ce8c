"""Texts tokenised by threads of their own, while the data is looked at.

The tokenizers work in Rust, outside of Python's global lock, so that neither waits for the other.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from queue import Empty, SimpleQueue
from typing import Self

from newtrick.data.pairs import Text
from newtrick.encoder.encoder import Encoder
from newtrick.encoder.tokens import TokenIds

_PATIENCE = 5.0


class TokensAhead(Mapping[str, TokenIds]):
    """The token ids of several lots of texts, by name; whoever asks for some waits for them.

    It is a context: what is not done at its end is given up, and nothing half made is left.

    Args:
        encoder: Tokenises them, and keeps them on disk.
        texts: By name, in the order in which they are begun.
        workers: How many threads, one lot each at a time; with 0 all is done on entering.
    """

    def __init__(self, encoder: Encoder, texts: Mapping[str, Sequence[Text]], workers: int) -> None:
        self._encoder = encoder
        self._results: dict[str, Future[TokenIds]] = {name: Future() for name in texts}
        self._waiting: SimpleQueue[tuple[str, Sequence[Text]]] = SimpleQueue()
        for lot in texts.items():
            self._waiting.put(lot)
        self._given_up = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, daemon=True)
            for _ in range(min(workers, len(texts)))
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        if not self._threads:
            self._work()
        return self

    def __exit__(self, *_: object) -> None:
        self._given_up.set()
        for thread in self._threads:
            thread.join(_PATIENCE)  # one that waits for another process has nothing to clear away

    def __getitem__(self, name: str) -> TokenIds:
        return self._results[name].result()

    def __len__(self) -> int:
        return len(self._results)

    def __iter__(self) -> Iterator[str]:
        return iter(self._results)

    def _work(self) -> None:
        while True:
            try:
                name, texts = self._waiting.get_nowait()
            except Empty:
                return
            try:
                self._go_on(0)
                tokens = self._encoder.tokenize_once(texts, self._go_on)
            except Exception as error:  # noqa: BLE001 (it is raised where the tokens are asked for)
                self._results[name].set_exception(error)
            else:
                self._results[name].set_result(tokens)

    def _go_on(self, _done: int) -> None:
        if self._given_up.is_set():
            raise CancelledError
