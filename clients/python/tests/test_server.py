"""The client against a server, call by call."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from server_process import ServerProcess, free_port

from vecstore import (
    And,
    Columns,
    Compare,
    Diversity,
    Fusion,
    Quotas,
    Record,
    SparseVector,
    VecStoreClient,
    VecStoreError,
)

DAY = timedelta(days=1)


def reason_of(error: pytest.ExceptionInfo[VecStoreError]) -> tuple[str, str]:
    return error.value.code, error.value.reason


def test_the_first_lines_of_the_readme_run_as_they_stand(
    server: ServerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VECSTORE_URL", server.host)
    client = VecStoreClient()
    results = client.query([0.1, 0.2, 0.3], limit=10)
    assert results == []
    assert results.stats.strategy == "empty"
    client.close()


def test_a_listener_for_grpc_and_one_for_http_both_serve_the_client(tmp_path: Path) -> None:
    http, grpc = free_port(), free_port()
    listeners = ("--grpc", f"127.0.0.1:{grpc}", "--http", f"127.0.0.1:{http}")
    process = ServerProcess(tmp_path / "data", *listeners, port=http)
    for port in (grpc, http):
        client = VecStoreClient(f"localhost:{port}")
        results = client.query([0.1, 0.2, 0.3], limit=10)
        assert results == []
        client.close()
    process.stop()


def test_records_come_back_as_they_were_written(client: VecStoreClient) -> None:
    # The server keeps milliseconds.
    expires_at = (datetime.now(timezone.utc) + DAY).replace(microsecond=123_000)
    metadata = {"kind": "böok", "year": 2019, "share": 0.5, "tags": ["a", None, True], "empty": {}, "list": []}
    result = client.upsert(
        [
            {"id": "a", "vector": [0.1, 0.2, 0.3], "metadata": metadata, "text": "Ein Text", "expires_at": expires_at},
            Record("b", np.array([3, 4, 0]), sparse=SparseVector([1, 7], [0.5, -2])),
        ]
    )
    assert (result.upserted, result.inserted, len(result.versions)) == (2, 2, 2)

    found = client.get(["b", "nobody", "a"], include_vector=True, include_text=True)

    assert found.missing == ["nobody"]
    b, a = found.records
    assert b.vector is not None
    assert b.vector.dtype == np.float32
    assert b.vector.tolist() == [3, 4, 0]
    assert b.sparse == SparseVector([1, 7], [0.5, -2])
    assert (b.metadata, b.text, b.expires_at) == (None, None, None)
    assert a.vector is not None
    assert a.vector.tobytes() == np.array([0.1, 0.2, 0.3], "<f4").tobytes()
    assert a.metadata == metadata
    assert list(a.metadata) == list(metadata)
    assert [type(a.metadata[key]) for key in ("year", "share")] == [int, float]
    assert a.text == "Ein Text"
    assert a.expires_at == expires_at


def test_a_vector_that_was_read_is_the_callers_own(client: VecStoreClient) -> None:
    client.upsert([{"id": "a", "vector": [1, 2]}])
    vector = client.get(["a"], include_vector=True).records[0].vector
    assert vector is not None
    vector[0] = 7
    assert vector.tolist() == [7, 2]


@pytest.mark.parametrize(
    "vectors", [np.eye(3), np.eye(3, dtype="f4"), np.asfortranarray(np.eye(3)), np.eye(3, dtype=">i8")]
)
def test_columns_of_any_layout_are_written(client: VecStoreClient, vectors: np.ndarray) -> None:
    client.upsert(
        ids=np.array(["x", "y", "z"]),
        vectors=vectors,
        metadata=[{"n": np.int64(1)}, None, {}],
        texts=["one", None, None],
    )
    x, y, z = client.get(["x", "y", "z"], include_vector=True, include_text=True).records
    assert [record.vector.tolist() for record in (x, y, z) if record.vector is not None] == np.eye(3).tolist()
    assert (x.metadata, y.metadata, z.metadata) == ({"n": 1}, None, {})
    assert (x.text, y.text) == ("one", None)


def test_queries_give_scores_distances_and_stats(client: VecStoreClient) -> None:
    client.upsert(ids=["a", "b", "c"], vectors=np.eye(3), metadata=[{"n": n} for n in range(3)])
    results = client.query(np.array([1, 0.5, 0]), limit=2, include_vector=True, explain=True)
    assert [hit.id for hit in results] == ["a", "b"]
    assert results[0].distance == pytest.approx(1 - results[0].score)
    assert results[0].vector is not None
    assert results[0].metadata == {"n": 0}
    assert results.explain is not None
    assert results.explain.plan is not None
    assert results.explain.plan.strategy == results.stats.strategy
    assert results.explain.stages[0].name == "plan"
    assert results.stats.duration_ms > 0


def test_query_options_have_effects(client: VecStoreClient) -> None:
    client.upsert(
        ids=["a", "b", "c"],
        vectors=np.eye(3),
        metadata=[{"g": "x"}, {"g": "x"}, {"g": "y"}],
        texts=["red", "red fox", None],
    )
    query = [3, 2, 1]
    assert [hit.id for hit in client.query(query, offset=1, limit=1)] == ["b"]
    assert [hit.id for hit in client.query(query, score_threshold=0.5)] == ["a", "b"]
    assert [hit.id for hit in client.query(query, group_by="g")] == ["a", "c"]
    assert [hit.id for hit in client.query(query, group_by="g", group_size=2)] == ["a", "b", "c"]
    assert [hit.id for hit in client.query(id="c", limit=1)] == ["c"]
    assert [hit.id for hit in client.query(text="fox")] == ["b"]
    assert client.query(text="fox")[0].distance is None
    fused = client.query(query, text="fox", fusion=Fusion(method="weighted", alpha=0.1))
    assert fused[0].id == "b"
    assert len(client.query(query, diversity=Diversity(lambda_=0.1, candidates=10))) == 3
    assert client.query(query, exact=True).stats.approximate is False
    assert client.query(query, include_metadata=False)[0].metadata is None
    assert client.query(query, include_text=True)[0].text == "red"
    assert [hit.id for hit in client.query(query, filter="g = 'y'")] == ["c"]
    assert [hit.id for hit in client.query(query, filter={"g": {"$ne": "x"}})] == ["c"]
    both = And([Compare(["g"], "=", "x"), Compare(["g"], "!=", "y")])
    assert [hit.id for hit in client.query(query, filter=both, ef_search=100)] == ["a", "b"]


def test_hits_stream_and_leaving_the_loop_cancels(client: VecStoreClient) -> None:
    client.upsert_all(ids=[f"r{n}" for n in range(3_000)], vectors=np.random.default_rng(1).random((3_000, 4)))
    with client.query_stream([1, 0, 0, 0], limit=3_000) as stream:
        assert stream.stats is None
        scores = [hit.score for hit in stream]
    assert len(scores) == 3_000
    assert scores == sorted(scores, reverse=True)
    assert stream.stats is not None
    for hit in client.query_stream([1, 0, 0, 0], limit=3_000):
        assert hit.score <= 1
        break
    assert client.count() == 3_000


def test_a_batch_of_queries_answers_each(client: VecStoreClient) -> None:
    client.upsert(ids=["a", "b"], vectors=np.eye(2))
    answers = client.batch_query(np.eye(2))
    assert [answer[0].id for answer in answers] == ["a", "b"]
    answers = client.batch_query([{"vector": [1, 0], "limit": 1, "exact": True}, {"id": "b", "limit": 1}])
    assert [[hit.id for hit in answer] for answer in answers] == [["a"], ["b"]]


def test_lists_walk_over_pages(client: VecStoreClient) -> None:
    client.upsert([{"id": f"p-{n}", "text": "t", "metadata": {"n": n}} for n in range(7)])
    assert [record.id for record in client.list(page_size=3, filter="n >= 2")] == [f"p-{n}" for n in range(2, 7)]
    page = client.list_page(prefix="p-", page_size=3)
    assert page.next_page_token is not None
    rest = client.list_page(prefix="p-", page_size=100, page_token=page.next_page_token, include_text=True)
    assert [record.text for record in rest.records] == ["t"] * 4
    assert rest.next_page_token is None
    assert client.count(filter={"n": {"$in": [1, 2]}}) == 2


def test_updates_merge_replace_and_remove(client: VecStoreClient) -> None:
    expires_at = datetime.now(timezone.utc) + DAY
    client.upsert([{"id": "a", "vector": [1], "metadata": {"x": 1, "y": 2}, "text": "t", "expires_at": expires_at}])
    client.update([{"id": "a", "merge_metadata": {"x": None, "z": 3}}])
    assert client.get(["a"]).records[0].metadata == {"y": 2, "z": 3}
    result = client.update([{"id": "a", "replace_metadata": {}, "text": None, "expires_at": None}])
    record = client.get(["a"], include_text=True).records[0]
    assert (record.metadata, record.text, record.expires_at, record.version) == ({}, None, None, result.versions[0])
    with pytest.raises(VecStoreError) as raised:
        client.update([{"id": "a", "text": "new", "if_version": record.version - 1}])
    assert reason_of(raised) == ("aborted", "VERSION_CONFLICT")


def test_deletes_take_ids_a_filter_or_all(client: VecStoreClient) -> None:
    client.upsert([{"id": f"{n}", "vector": [1, n], "metadata": {"n": n}} for n in range(5)])
    assert client.soft_delete(["0", "nobody"]).affected == 1
    assert client.count() == 4
    assert client.restore(all=True).affected == 1
    assert client.delete(filter="n > 3").affected == 1
    assert client.delete(all=True).affected == 4
    with pytest.raises(VecStoreError) as raised:
        client.delete()
    assert reason_of(raised) == ("invalid_argument", "MISSING_TARGET")
    with pytest.raises(VecStoreError) as raised:
        client.delete(filter="  ")
    assert reason_of(raised) == ("invalid_argument", "INVALID_FILTER")


def test_upsert_all_writes_generators_and_the_last_of_an_id_wins(client: VecStoreClient) -> None:
    told = []
    progress = client.upsert_all(
        ({"id": f"{n % 900}", "vector": [n, 1]} for n in range(1_000)), batch_size=100, on_progress=told.append
    )
    assert (progress.upserted, progress.inserted, progress.committed, progress.batches) == (1_000, 900, 1_000, 10)
    assert len(told) == 10
    assert told[-1] == progress
    vectors = client.get(["0", "99", "100"], include_vector=True).records
    assert [record.vector[0] for record in vectors if record.vector is not None] == [900, 999, 100]


def test_upsert_all_can_be_repeated_under_its_key(client: VecStoreClient) -> None:
    records = [{"id": f"{n}", "vector": [n, 1]} for n in range(30)]
    first = client.upsert_all(records, batch_size=10, idempotency_key="run")
    again = client.upsert_all(records, batch_size=10, idempotency_key="run")
    assert again.inserted == first.inserted == 30
    assert again.sequence == first.sequence == max(record.version for record in client.list())


def test_upsert_all_says_what_is_written_when_a_batch_fails(client: VecStoreClient) -> None:
    records = [{"id": f"{n}", "vector": [1, 2] if n != 25 else [1]} for n in range(40)]
    with pytest.raises(VecStoreError) as raised:
        client.upsert_all(records, batch_size=10, concurrency=1)
    assert reason_of(raised) == ("invalid_argument", "DIMENSION_MISMATCH")
    assert raised.value.details["committed"] == "20"
    assert "records 20 to 29" in raised.value.message
    assert client.count() == 20


def test_a_record_that_is_none_ends_a_bulk_write_and_says_how_far_it_came(client: VecStoreClient) -> None:
    records = [{"id": f"{n}", "vector": [1, 2]} for n in range(25)] + [{"id": 7, "vector": [1, 2]}]
    with pytest.raises(VecStoreError) as raised:
        client.upsert_all(records, batch_size=10)  # type: ignore[arg-type]
    assert reason_of(raised) == ("invalid_argument", "INVALID_ID")
    assert (raised.value.details["committed"], client.count()) == ("20", 20)
    with pytest.raises(VecStoreError) as raised:
        client.import_records(records, batch_size=10)  # type: ignore[arg-type]
    assert reason_of(raised) == ("invalid_argument", "INVALID_ID")
    assert raised.value.details["rows"] in ("0", "10", "20")


def test_what_a_source_raises_comes_through(client: VecStoreClient) -> None:
    def source() -> Iterator[dict[str, Any]]:
        yield from ({"id": f"{n}", "vector": [1, 2]} for n in range(25))
        raise KeyError("the source")

    for write in (client.upsert_all, client.import_records):
        with pytest.raises(KeyError, match="the source"):
            write(source(), batch_size=10)  # type: ignore[arg-type]
    with pytest.raises(ZeroDivisionError):
        client.upsert_all(iter([{"id": "x", "vector": [1, 2]}]), on_progress=lambda _: 1 / 0)


def test_imports_name_bad_records_and_write_the_others(client: VecStoreClient) -> None:
    failures = []
    tokens = []
    progress = client.import_records(
        [{"id": f"{n}", "vector": [n] * (2 if n % 10 else 1)} for n in range(1, 31)],
        batch_size=7,
        on_failure=failures.append,
        on_progress=lambda each: tokens.append(each.resume_token),
    )
    assert (progress.rows, progress.imported, progress.failed, progress.resumptions) == (30, 27, 3, 0)
    assert [(failure.row, failure.id, failure.reason) for failure in failures] == [
        (n, str(n), "DIMENSION_MISMATCH") for n in (10, 20, 30)
    ]
    assert len(tokens) == 6
    assert client.import_records([]).rows == 0
    again = client.import_records([{"id": "last", "vector": [1, 2]}], resume_token=progress.resume_token)
    assert (again.rows, again.imported) == (31, 28)


def test_exports_read_all_and_go_on(client: VecStoreClient) -> None:
    client.upsert(ids=["a", "b", "c"], vectors=np.eye(3), texts=["x", "y", "z"])
    with client.export_records(filter=None) as reading:
        records = list(reading)
    assert [(record.id, record.text) for record in records] == [("a", "x"), ("b", "y"), ("c", "z")]
    assert all(record.vector is not None for record in records)
    assert reading.resume_token is not None
    assert reading.sequence == client.stats().sequence
    assert list(client.export_records(resume_token=reading.resume_token)) == []
    assert next(iter(client.export_records(include_vector=False, include_text=False))).vector is None


def test_snapshots_are_made_listed_restored_and_downloaded(client: VecStoreClient, namespace: str) -> None:
    client.upsert(ids=["a"], vectors=np.eye(1))
    made = client.create_snapshot("monday")
    assert (made.name, made.namespace, made.vector_count) == ("monday", namespace, 1)
    client.delete(all=True)
    restored = client.restore_snapshot("monday")
    assert (restored.vector_count, client.count()) == (1, 1)
    copy = client.restore_snapshot("monday", target_namespace=f"{namespace}-copy")
    assert client.namespace(copy.namespace).count() == 1
    assert client.list_snapshots() == [made]

    chunks = list(client.download_snapshot("monday"))
    archive = b"".join(chunk.data for chunk in chunks)
    assert len(archive) == chunks[0].total_bytes
    assert zlib.crc32(archive) == chunks[-1].crc32
    rest = b"".join(chunk.data for chunk in client.download_snapshot("monday", offset=512))
    assert rest == archive[512:]

    client.delete_snapshot("monday")
    with pytest.raises(VecStoreError) as raised:
        client.restore_snapshot("monday")
    assert reason_of(raised) == ("not_found", "SNAPSHOT_NOT_FOUND")


def test_upkeep_measures_and_compacts(client: VecStoreClient) -> None:
    client.upsert(ids=[f"{n}" for n in range(50)], vectors=np.random.default_rng(2).random((50, 8)))
    client.delete(["1", "2"])
    stats = client.stats()
    assert (stats.vector_count, stats.dead_count, stats.dimension, stats.index_state) == (48, 2, 8, "flat")
    assert sum(segment.memory_bytes for segment in stats.segments) > 0
    recall = client.measure_recall(samples=5, limit=3)
    assert (recall.recall, recall.samples, recall.limit) == (1, 5, 3)
    assert client.compact(dry_run=True).removed == 2
    assert client.compact().removed == 2
    assert client.stats().dead_count == 0


def test_namespaces_are_made_changed_and_deleted(client: VecStoreClient, namespace: str) -> None:
    name = f"{namespace}-other"
    made = client.create_namespace(
        name, dimension=2, metric="euclidean", quotas=Quotas(max_vectors=5), labels={"team": "a"}, description="d"
    )
    assert (made.status, made.config.metric, made.config.dimension, made.config.m) == ("active", "euclidean", 2, 16)
    assert (made.quotas.max_vectors, made.quotas.max_qps) == (5, None)
    other = client.namespace(name)
    other.upsert([{"id": "i", "vector": [3, 4]}])
    assert other.query([0, 0])[0].distance == 5

    changed = client.update_namespace(
        name, status="read_only", quotas={"max_vectors": None, "max_qps": 1.5}, labels={"team": None, "new": "b"}
    )
    assert (changed.quotas, changed.labels, changed.description) == (Quotas(max_qps=1.5), {"new": "b"}, "d")
    with pytest.raises(VecStoreError) as raised:
        other.upsert([{"id": "j", "vector": [3, 4]}])
    assert reason_of(raised) == ("failed_precondition", "NAMESPACE_READ_ONLY")

    assert [each.name for each in client.list_namespaces(prefix=name)] == [name]
    usage = client.get_namespace_usage(name)
    assert (usage.usage.vector_count, usage.usage.writes_total, usage.status) == (1, 1, "read_only")
    exported = {each.name: each for each in client.export_usage()}
    assert exported[name].counted_since <= exported[name].counted_until
    assert client.get_namespace(name).created_at.tzinfo is timezone.utc
    client.delete_namespace(name)
    with pytest.raises(VecStoreError) as raised:
        client.get_namespace(name)
    assert reason_of(raised) == ("not_found", "NAMESPACE_NOT_FOUND")


def test_errors_of_the_server_have_code_reason_and_details(client: VecStoreClient) -> None:
    client.upsert([{"id": "a", "vector": [1, 2, 3]}])
    with pytest.raises(VecStoreError) as raised:
        client.query([1, 2])
    error = raised.value
    assert (error.code, error.reason, error.retryable) == ("invalid_argument", "DIMENSION_MISMATCH", False)
    assert (error.details["expected"], error.details["got"]) == ("3", "2")
    assert str(error).startswith("DIMENSION_MISMATCH (invalid_argument): ")
    for call, reason in (
        (lambda: client.upsert([]), "EMPTY_BATCH"),
        (lambda: client.upsert([{"id": "x", "vector": [math.nan, 1, 1]}]), "INVALID_VECTOR"),
        (lambda: client.upsert([{"id": "x", "vector": [1e39, 1, 1]}]), "INVALID_VECTOR"),
        (lambda: client.query(), "MISSING_QUERY"),
        (lambda: client.query([1, 2, 3], limit=0), "LIMIT_OUT_OF_RANGE"),
        (lambda: client.query([1, 2, 3], filter="a ="), "INVALID_FILTER"),
        (lambda: client.create_namespace("no/slash"), "INVALID_NAME"),
    ):
        with pytest.raises(VecStoreError) as raised:
            call()
        assert reason_of(raised) == ("invalid_argument", reason)


def test_columns_are_records_for_every_call(client: VecStoreClient) -> None:
    matrix = np.random.default_rng(3).random((2_500, 8), dtype=np.float32)
    ids = [f"{n:04}" for n in range(2_500)]
    assert client.upsert_all(Columns(ids, matrix), batch_size=400).batches == 7
    assert client.import_records(Columns(ids, matrix[::-1])).imported == 2_500
    vectors = np.stack([record.vector for record in client.export_records() if record.vector is not None])
    assert vectors.tobytes() == matrix[::-1].tobytes()
