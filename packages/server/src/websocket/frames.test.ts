import { describe, expect, it } from "vitest";
import { refusal } from "../errors.js";
import { readFrame, writeError, writeFrame } from "./frames.js";

const invalid = expect.objectContaining({ code: 3 }) as Error;

describe("a frame that comes", () => {
  it.each([
    ['{"auth": "key"}', { kind: "auth", key: "key" }],
    ['{"cancel": "a"}', { kind: "cancel", requestId: "a" }],
    ['{"cancel": 0}', { kind: "cancel", requestId: 0 }],
    ['{"vector": [1]}', { kind: "query", requestId: undefined, query: { vector: [1] } }],
    ['{"request_id": "a", "text": "x"}', { kind: "query", requestId: "a", query: { text: "x" } }],
    ['{"requestId": -7, "text": "x"}', { kind: "query", requestId: -7, query: { text: "x" } }],
    ['{"request_id": null}', { kind: "query", requestId: undefined, query: {} }],
  ])("is read: %s", (text, frame) => {
    expect(readFrame(text)).toEqual(frame);
  });

  it.each([
    "",
    "{",
    "[]",
    "1",
    "null",
    '{"auth": 1}',
    '{"auth": null}',
    '{"auth": "key", "cancel": "a"}',
    '{"cancel": null}',
    '{"cancel": ""}',
    '{"cancel": 1.5}',
    '{"cancel": "a", "limit": 1}',
    '{"request_id": true}',
    `{"request_id": "${"x".repeat(129)}"}`,
    '{"request_id": 9007199254740992}',
  ])("is refused: %s", (text) => {
    expect(() => readFrame(text)).toThrow(invalid);
  });
});

describe("a frame that goes", () => {
  it("names its query, where it has a name", () => {
    expect(writeFrame({ id: "a" }, undefined)).toBe('{"id":"a"}');
    expect(writeFrame({ id: "a" }, 0)).toBe('{"id":"a","request_id":0}');
    const error = refusal("ZERO_VECTOR", "all zero", { index: "1" });
    const body = { code: "invalid_argument", reason: "ZERO_VECTOR", message: "all zero", details: { index: "1" } };
    expect(JSON.parse(writeError(error))).toEqual({ error: body });
    expect(JSON.parse(writeError(error, "q"))).toEqual({ error: body, request_id: "q" });
  });
});
