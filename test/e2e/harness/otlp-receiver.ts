import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";

/** A span as it came over OTLP, its attributes as one object. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  /** Nanoseconds since 1970. */
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly string[];
  readonly status?: { readonly code: number; readonly message: string };
}

/** What an OTLP request in JSON is made of, as far as the tests look. */
interface OtlpAttribute {
  readonly key: string;
  readonly value: { stringValue?: string; intValue?: string; doubleValue?: number; boolValue?: boolean };
}
interface OtlpSpan extends Omit<ReceivedSpan, "attributes" | "events" | "start" | "end"> {
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly OtlpAttribute[];
  readonly events: readonly { readonly name: string; readonly timeUnixNano: string }[];
}
interface OtlpRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly OtlpAttribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
}

/** A collector on a loopback port that takes OTLP over HTTP, in JSON. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  /** Attributes of whoever sent the last batch. */
  resource: Readonly<Record<string, unknown>> = {};
  /** Headers of each batch. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>[] = [];
  /** Statuses to answer with, from the front; 200 when there is none. */
  readonly answers: number[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const status = request.url === "/v1/traces" ? (this.answers.shift() ?? 200) : 404;
        this.headers.push(request.headers);
        if (status === 200) this.#take(Buffer.concat(chunks), request.headers["content-encoding"]);
        response.writeHead(status, { "content-type": "application/json" }).end("{}");
      });
    });
  }

  static async start(): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, "127.0.0.1", resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #take(body: Buffer, encoding: string | undefined): void {
    const text = (encoding === "gzip" ? gunzipSync(body) : body).toString();
    for (const { resource, scopeSpans } of (JSON.parse(text) as OtlpRequest).resourceSpans) {
      this.resource = toObject(resource.attributes);
      for (const { spans } of scopeSpans) this.spans.push(...spans.map(readSpan));
    }
  }
}

function readSpan({ startTimeUnixNano, endTimeUnixNano, attributes, events, ...span }: OtlpSpan): ReceivedSpan {
  return {
    ...span,
    start: BigInt(startTimeUnixNano),
    end: BigInt(endTimeUnixNano),
    attributes: toObject(attributes),
    events: events.map(({ name }) => name),
  };
}

function toObject(attributes: readonly OtlpAttribute[]): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value: { stringValue, intValue, doubleValue, boolValue } }) => [
      key,
      stringValue ?? boolValue ?? doubleValue ?? Number(intValue),
    ]),
  );
}
