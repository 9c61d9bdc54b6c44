import { once } from "node:events";
import * as http from "node:http";
import * as https from "node:https";
import type { TLSSocket } from "node:tls";
import * as grpc from "@grpc/grpc-js";
import type { Target } from "./http.js";

/** What became of one request. */
export interface Sent {
  readonly requestId: string;
  /** HTTP's status, or `grpc` and the status of gRPC; of a request that failed what went wrong. */
  readonly outcome: string;
  /** True when an answer came. */
  readonly isAnswered: boolean;
  /** The subject of the server's certificate, where the client looks. */
  readonly subject?: string;
}

/** One kind of client; a call sends one request. */
export interface LoadClient {
  readonly name: string;
  send(requestId: string): Promise<Sent>;
  close(): void;
}

/** After a request that was not answered. */
const PAUSE_MS = 20;

const BODY = JSON.stringify({ vector: [1, 0], limit: 1 });
const GRPC_QUERY = "/vecstore.v1.VecStoreService/Count";

/** gRPC on one channel, gRPC on a channel for each call, HTTP/1.1 on connections that are kept, and on new ones. */
export function loadClients(target: Target): LoadClient[] {
  return [
    grpcClient("gRPC, one channel", target, "kept"),
    grpcClient("gRPC, new channels", target, "new"),
    http1Client("HTTP/1.1, kept alive", target, "kept"),
    http1Client("HTTP/1.1, new connections", target, "new"),
  ];
}

function http1Client(name: string, { url, ca }: Target, connections: "kept" | "new"): LoadClient {
  const { Agent, request } = url.startsWith("https:") ? https : http;
  const agent = connections === "kept" ? new Agent({ keepAlive: true, maxSockets: 4 }) : undefined;
  const send = async (requestId: string): Promise<Sent> => {
    const headers = { "content-type": "application/json", "x-request-id": requestId };
    const sending = request(`${url}/v1/query`, { method: "POST", headers, agent: agent ?? false, ...(ca && { ca }) });
    sending.end(BODY);
    try {
      const [response] = (await once(sending, "response")) as [http.IncomingMessage];
      const subject = (response.socket as TLSSocket).getPeerCertificate?.()?.subject?.CN;
      await response.toArray();
      const outcome = String(response.statusCode);
      return { requestId, outcome, isAnswered: true, ...(subject && { subject: String(subject) }) };
    } catch (error) {
      return { requestId, outcome: String((error as NodeJS.ErrnoException).code ?? error), isAnswered: false };
    }
  };
  return { name, send, close: () => agent?.destroy() };
}

function grpcClient(name: string, { url, ca }: Target, channels: "kept" | "new"): LoadClient {
  const credentials = ca === undefined ? grpc.credentials.createInsecure() : grpc.credentials.createSsl(ca);
  // Without an own pool grpc-js lets equal channels share their connections.
  const open = () => new grpc.Client(new URL(url).host, credentials, { "grpc.use_local_subchannel_pool": 1 });
  const kept = channels === "kept" ? open() : undefined;
  const send = async (requestId: string): Promise<Sent> => {
    const client = kept ?? open();
    const metadata = new grpc.Metadata();
    metadata.set("x-request-id", requestId);
    const error = await new Promise<grpc.ServiceError | null>((resolve) => {
      const same = (bytes: Buffer) => bytes;
      client.makeUnaryRequest(GRPC_QUERY, same, same, Buffer.alloc(0), metadata, resolve);
    });
    if (kept === undefined) client.close();
    if (error === null) return { requestId, outcome: "grpc 0", isAnswered: true };
    // Only our server's errors have details; the library makes the others up.
    const isAnswered = error.metadata.get("grpc-status-details-bin").length > 0;
    return { requestId, outcome: `grpc ${error.code} ${error.details}`, isAnswered };
  };
  return { name, send, close: () => kept?.close() };
}

/** Sends without a pause, `parallel` requests at once of each kind, until it is told to stop. */
export class Load {
  readonly clients: readonly LoadClient[];
  /** By the name of the client. */
  readonly sent = new Map<string, Sent[]>();
  readonly #workers: Promise<void>[] = [];
  #isOver = false;
  #count = 0;

  constructor(target: Target, parallel: number) {
    this.clients = loadClients(target);
    for (const client of this.clients) {
      this.sent.set(client.name, []);
      for (let worker = 0; worker < parallel; worker++) this.#workers.push(this.#work(client));
    }
  }

  /** All of one kind, or of all. */
  of(name?: string): readonly Sent[] {
    return name === undefined ? [...this.sent.values()].flat() : this.sent.get(name)!;
  }

  /** Requests of each kind that came after `from` were sent; the smallest of them. */
  progress(from: ReadonlyMap<string, number> = new Map()): number {
    return Math.min(...[...this.sent].map(([name, { length }]) => length - (from.get(name) ?? 0)));
  }

  /** How many of each kind there are now. */
  mark(): ReadonlyMap<string, number> {
    return new Map([...this.sent].map(([name, { length }]) => [name, length]));
  }

  /** Sends no more, and waits for what runs. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#workers);
    for (const client of this.clients) client.close();
  }

  async #work(client: LoadClient): Promise<void> {
    const sent = this.sent.get(client.name)!;
    while (!this.#isOver) {
      const one = await client.send(`load-${this.#count++}`);
      sent.push(one);
      // A server that is gone would be asked thousands of times a second.
      if (!one.isAnswered) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
