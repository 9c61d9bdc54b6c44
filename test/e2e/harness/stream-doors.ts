import { type DescMethod, fromJson, type JsonObject, type Message, toBinary, toJson } from "@bufbuild/protobuf";
import { ConnectError, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import * as grpc from "@grpc/grpc-js";
import type { Target } from "./http.js";
import { answeredBytes, codeName, failedByStatus, readErrorInfo } from "./outcome.js";
import { pathOf } from "./schema.js";

/** How a stream ended before its time. */
export interface StreamFailure {
  readonly code: string;
  readonly reason: string;
  readonly text: string;
}

/** What came of a stream: protobuf's JSON, with every name as in the schema. */
export interface StreamOutcome {
  readonly messages: readonly JsonObject[];
  readonly failure?: StreamFailure;
}

/** One way to call a streaming RPC. */
export interface StreamDoor {
  readonly name: string;
  /** False over HTTP/1.1, which has no streams in both directions at once. */
  readonly isDuplex: boolean;
  /** Sends the requests as the iterator gives them, and hands over each answer as it comes; `onMessage` may throw to leave. */
  run(
    target: Target,
    method: DescMethod,
    requests: AsyncIterable<JsonObject> | Iterable<JsonObject>,
    onMessage?: (message: JsonObject) => void,
    headers?: Readonly<Record<string, string>>,
  ): Promise<StreamOutcome>;
}

const OPTIONS = { readMaxBytes: 2 ** 28 } as const;

/** Every protocol that streams, by clients that share no code with the server. */
export const STREAM_DOORS: readonly StreamDoor[] = [
  connectDoor("Connect, protobuf", false, ({ url }) =>
    createConnectTransport({ baseUrl: url, httpVersion: "1.1", ...OPTIONS }),
  ),
  connectDoor("Connect, JSON, HTTP/2", true, ({ url }) =>
    createConnectTransport({
      baseUrl: url,
      httpVersion: "2",
      useBinaryFormat: false,
      idleConnectionTimeoutMs: 1,
      ...OPTIONS,
    }),
  ),
  connectDoor("Connect, protobuf, HTTP/2", true, ({ url }) =>
    createConnectTransport({ baseUrl: url, httpVersion: "2", idleConnectionTimeoutMs: 1, ...OPTIONS }),
  ),
  connectDoor("gRPC-Web", false, ({ url }) => createGrpcWebTransport({ baseUrl: url, httpVersion: "1.1", ...OPTIONS })),
  connectDoor("gRPC-Web, HTTP/2", true, ({ url }) =>
    createGrpcWebTransport({ baseUrl: url, httpVersion: "2", idleConnectionTimeoutMs: 1, ...OPTIONS }),
  ),
  connectDoor("gRPC, by connect-node", true, ({ url }) =>
    createGrpcTransport({ baseUrl: url, idleConnectionTimeoutMs: 1, ...OPTIONS }),
  ),
  { name: "gRPC, by grpc-js", isDuplex: true, run: runGrpc },
];

function connectDoor(name: string, isDuplex: boolean, open: (target: Target) => Transport): StreamDoor {
  return {
    name,
    isDuplex,
    async run(target, method, requests, onMessage = () => {}, headers = {}) {
      const messages: JsonObject[] = [];
      const input = inputOf(method, requests);
      const controller = new AbortController();
      let left: unknown;
      try {
        const answer = await open(target).stream(
          method as never,
          controller.signal,
          undefined,
          headers,
          input as AsyncIterable<never>,
        );
        for await (const message of answer.message) {
          messages.push(toJson(method.output, message as Message, { useProtoFieldName: true }) as JsonObject);
          try {
            onMessage(messages.at(-1)!);
          } catch (thrown) {
            left = thrown;
            controller.abort();
            throw thrown;
          }
        }
        return { messages };
      } catch (error) {
        if (left !== undefined) throw left;
        if (!(error instanceof ConnectError)) throw error;
        const details = error.details.filter((each) => "type" in each);
        // A connection that broke is the client's own finding.
        const reason = details.length === 0 ? "" : readErrorInfo(details).reason;
        return { messages, failure: { code: codeName(error.code), reason, text: error.rawMessage } };
      }
    },
  };
}

async function* inputOf(method: DescMethod, requests: AsyncIterable<JsonObject> | Iterable<JsonObject>) {
  for await (const request of requests) yield fromJson(method.input, request);
}

async function runGrpc(...[{ url }, method, requests, onMessage, headers = {}]: Parameters<StreamDoor["run"]>) {
  const client = new grpc.Client(new URL(url).host, grpc.credentials.createInsecure(), {
    "grpc.max_receive_message_length": -1,
  });
  const same = (data: Buffer) => data;
  const metadata = new grpc.Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  const messages: JsonObject[] = [];
  try {
    return await new Promise<StreamOutcome>((resolve, reject) => {
      const call = client.makeBidiStreamRequest(pathOf(method), same, same, metadata, {});
      let isLeft = false;
      call.on("data", (bytes: Buffer) => {
        if (isLeft) return;
        const answered = answeredBytes(method.output, bytes);
        messages.push(answered.message);
        try {
          onMessage?.(answered.message);
        } catch (thrown) {
          isLeft = true;
          call.cancel();
          reject(thrown as Error);
        }
      });
      // The status says all that the error says, and comes in any case.
      call.on("error", () => {});
      call.on("status", ({ code, details, metadata: trailer }) => {
        if (isLeft) return;
        if (code === grpc.status.OK) return resolve({ messages });
        const [bin] = trailer.get("grpc-status-details-bin");
        try {
          // grpc-js leaves the reserved characters of addresses, such as commas, as the percent codes that came.
          const failed = failedByStatus(code, decodeURIComponent(details), bin as Buffer | undefined);
          resolve({ messages, failure: failed });
        } catch (problem) {
          reject(problem as Error);
        }
      });
      sendAll(call, method, requests).catch(reject);
    });
  } finally {
    client.close();
  }
}

async function sendAll(
  call: grpc.ClientDuplexStream<Buffer, Buffer>,
  method: DescMethod,
  requests: AsyncIterable<JsonObject> | Iterable<JsonObject>,
): Promise<void> {
  for await (const request of requests) {
    const bytes = Buffer.from(toBinary(method.input, fromJson(method.input, request)));
    await new Promise<void>((resolve) => call.write(bytes, () => resolve()));
  }
  call.end();
}
