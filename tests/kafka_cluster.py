"""librdkafka's own mock cluster, with topics of any number of partitions. It lives as long as this process."""

from __future__ import annotations

import ctypes
from pathlib import Path

import confluent_kafka


class Cluster:
    """brokers: its address. The client's Python face makes no topics there, so its C library is asked."""

    def __init__(self, brokers: int = 1, rebalance_delay_ms: int = 0) -> None:
        [library] = (Path(confluent_kafka.__file__).parent.parent / "confluent_kafka.libs").glob("librdkafka*")
        self._lib = lib = ctypes.CDLL(str(library))
        lib.rd_kafka_conf_new.restype = lib.rd_kafka_new.restype = ctypes.c_void_p
        lib.rd_kafka_mock_cluster_new.restype = ctypes.c_void_p
        lib.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p
        lib.rd_kafka_conf_set.argtypes = [
            ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t
        ]  # fmt: skip
        lib.rd_kafka_new.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
        lib.rd_kafka_mock_cluster_new.argtypes = [ctypes.c_void_p, ctypes.c_int]
        lib.rd_kafka_mock_cluster_bootstraps.argtypes = [ctypes.c_void_p]
        lib.rd_kafka_mock_topic_create.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_int]
        lib.rd_kafka_mock_group_initial_rebalance_delay_ms.argtypes = [ctypes.c_void_p, ctypes.c_int]
        said = ctypes.create_string_buffer(512)
        conf = lib.rd_kafka_conf_new()
        assert lib.rd_kafka_conf_set(conf, b"log_level", b"2", said, 512) == 0
        self._handle = lib.rd_kafka_new(0, conf, said, 512)
        self._cluster = lib.rd_kafka_mock_cluster_new(self._handle, brokers)
        lib.rd_kafka_mock_group_initial_rebalance_delay_ms(self._cluster, rebalance_delay_ms)
        self.brokers: str = lib.rd_kafka_mock_cluster_bootstraps(self._cluster).decode()

    def make(self, topic: str, partitions: int) -> None:
        """A topic."""
        assert self._lib.rd_kafka_mock_topic_create(self._cluster, topic.encode(), partitions, 1) == 0
