"""Makes the Parquet files of this folder, as programs other than vecstore write them. Needs pyarrow; run it in this folder."""

import datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

COUNT = 300
DIMENSION = 8


def vector(n: int) -> np.ndarray:
    """float32[DIMENSION] with -0 and the smallest subnormal."""
    values = np.sin(np.arange(DIMENSION, dtype=np.float64) + n * 31).astype(np.float32)
    values[0] = -0.0
    values[1] = np.float32(1.401298464324817e-45)
    return values


def table(list_type: pa.DataType) -> pa.Table:
    """COUNT rows; every seventh has no vector, every third no metadata."""
    utc = datetime.timezone.utc
    return pa.table(
        {
            "id": pa.array(range(COUNT), pa.int64()),
            "vector": pa.array([None if n % 7 == 3 else vector(n) for n in range(COUNT)], list_type),
            "metadata": pa.array(
                [None if n % 3 == 0 else {"n": n, "tags": [f"t{n % 5}", "é"]} for n in range(COUNT)],
                pa.struct([("n", pa.int32()), ("tags", pa.list_(pa.string()))]),
            ),
            "text": pa.array([f"text {n}" for n in range(COUNT)]).dictionary_encode(),
            "at": pa.array([datetime.datetime(2026, 1, 1, 0, 0, n % 60, tzinfo=utc) for n in range(COUNT)], pa.timestamp("us", tz="UTC")),
            "score": pa.array([n / 7 for n in range(COUNT)], pa.float64()),
            "ok": pa.array([None if n % 2 else True for n in range(COUNT)], pa.bool_()),
        }
    )


FIXED = pa.list_(pa.float32(), DIMENSION)
pq.write_table(table(pa.list_(pa.float32())), "snappy.parquet", compression="snappy", row_group_size=128)
pq.write_table(table(FIXED), "gzip-fixed-size.parquet", compression="gzip", data_page_version="2.0")
pq.write_table(table(pa.list_(pa.float32())), "brotli-indexed.parquet", compression="brotli", write_page_index=True, data_page_size=1024)
pq.write_table(table(pa.list_(pa.float32())), "zstd.parquet", compression="zstd")
