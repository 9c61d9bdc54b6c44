import * as http from "node:http";
import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";

/** One answer, as a server of HTTP would never give it to a client of its own. */
export interface OddAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Only over HTTP/2. */
  readonly trailers?: Readonly<Record<string, string>>;
  /** Cuts the connection behind the body, of which one byte is still to come. */
  readonly cut?: boolean;
}

/** Answers every request with what it is told to. */
export class OddServer {
  answer: OddAnswer = {};
  readonly #server: http.Server | http2.Http2Server;
  readonly #open = new Set<{ destroy(): void }>();

  private constructor(kind: "http" | "http2") {
    if (kind === "http") {
      this.#server = http.createServer((request, response) => {
        request.resume().once("end", () => this.#answerHttp1(response));
      });
    } else {
      this.#server = http2.createServer();
      this.#server.on("stream", (stream) => void stream.resume().once("end", () => this.#answerHttp2(stream)));
    }
    this.#server.on(kind === "http" ? "connection" : "session", (each: { destroy(): void }) => this.#open.add(each));
  }

  static async start(kind: "http" | "http2" = "http"): Promise<OddServer> {
    const odd = new OddServer(kind);
    await new Promise<void>((resolve) => odd.#server.listen(0, "127.0.0.1", resolve));
    return odd;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const each of this.#open) each.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #answerHttp1(response: http.ServerResponse): void {
    const { status = 200, headers = {}, body = "", cut = false } = this.answer;
    const length = Buffer.byteLength(body) + (cut ? 1 : 0);
    response.writeHead(status, { ...headers, "content-length": length });
    if (cut) response.write(body, () => response.destroy());
    else response.end(body);
  }

  #answerHttp2(stream: http2.ServerHttp2Stream): void {
    const { status = 200, headers = {}, body = "", trailers, cut = false } = this.answer;
    stream.respond({ ":status": status, ...headers }, { waitForTrailers: trailers !== undefined });
    stream.on("wantTrailers", () => stream.sendTrailers({ ...trailers }));
    if (cut) stream.write(body || "\0", () => stream.session?.destroy());
    else stream.end(body);
  }
}

/** A frame of a stream. */
export function frame(flags: number, data: string | Uint8Array): Buffer {
  const content = Buffer.from(data);
  const head = Buffer.alloc(5);
  head[0] = flags;
  head.writeUInt32BE(content.length, 1);
  return Buffer.concat([head, content]);
}
