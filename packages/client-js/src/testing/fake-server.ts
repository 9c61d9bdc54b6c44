import { readFileSync } from "node:fs";
import * as http from "node:http";
import * as http2 from "node:http2";
import * as https from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { ConnectError, ConnectRouter, Interceptor } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { FakeApiKeys } from "./fake-api-keys.js";
import { FakeNamespaces } from "./fake-namespaces.js";
import { FakeStore } from "./fake-store.js";
import { ApiKeyService } from "./gen/vecstore/v1/api_key_service_pb.js";
import { NamespaceService } from "./gen/vecstore/v1/namespace_service_pb.js";
import { VecStoreService } from "./gen/vecstore/v1/vecstore_service_pb.js";

/** One request, as it came in. */
export interface SeenRequest {
  readonly method: string;
  readonly header: Headers;
  /** Undefined for streams. */
  readonly message: unknown;
}

/**
 * What becomes of the next request: it fails with the error, it is never answered, its connection is cut before it is
 * read, or it is carried out and the connection is cut before the answer.
 */
export type Fault = ConnectError | "hang" | "cut" | "cut_after";

/** A certificate for localhost, made for the tests and of use for nothing else. */
export const TEST_TLS = {
  cert: readFileSync(new URL("./tls/cert.pem", import.meta.url), "utf8"),
  key: readFileSync(new URL("./tls/key.pem", import.meta.url), "utf8"),
};

/** A server on a loopback port that speaks all three protocols over a fake store. */
export class FakeServer {
  readonly store = new FakeStore();
  readonly namespaces = new FakeNamespaces();
  readonly apiKeys = new FakeApiKeys();
  readonly requests: SeenRequest[] = [];
  /** Taken from the front, one for each request. */
  readonly faults: Fault[] = [];
  /** Called when a request that hangs has come in, and again when its caller has left. */
  onHang: (event: "began" | "left") => void = () => {};
  /** Connections made so far. */
  connections = 0;
  readonly #server: http.Server | http2.Http2Server;
  readonly #sockets = new Set<Socket>();
  readonly #scheme: "http" | "https";

  private constructor(kind: "http" | "https" | "http2") {
    const routes = (router: ConnectRouter) => {
      router.service(VecStoreService, this.store.service);
      router.service(ApiKeyService, this.apiKeys.service);
      router.service(NamespaceService, this.namespaces.service);
    };
    const handle = connectNodeAdapter({ routes, interceptors: [this.#intercept], acceptCompression: [] });
    const handler: typeof handle = (request, response) => {
      if (this.faults[0] !== "cut") return handle(request, response);
      this.faults.shift();
      request.socket.destroy();
    };
    this.#scheme = kind === "https" ? "https" : "http";
    if (kind === "http") this.#server = http.createServer(handler);
    else if (kind === "https") this.#server = https.createServer(TEST_TLS, handler);
    else this.#server = http2.createServer(handler);
    this.#server.on("connection", (socket: Socket) => {
      this.connections++;
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  static async start(kind: "http" | "https" | "http2" = "http"): Promise<FakeServer> {
    const fake = new FakeServer(kind);
    await new Promise<void>((resolve) => fake.#server.listen(0, "127.0.0.1", resolve));
    return fake;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}`;
  }

  /** Names of the methods called, in order. */
  get methods(): string[] {
    return this.requests.map(({ method }) => method);
  }

  /** The last request, for a look at what was sent. */
  lastMessage<T>(): T {
    return this.requests.at(-1)?.message as T;
  }

  /** Cuts every connection; new ones are taken. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  readonly #intercept: Interceptor = (next) => async (request) => {
    this.requests.push({
      method: request.method.name,
      header: request.header,
      message: request.stream ? undefined : request.message,
    });
    const fault = this.faults.shift();
    if (fault === undefined) return next(request);
    if (fault === "cut_after") {
      await next(request);
      this.cut();
    } else if (typeof fault !== "string") throw fault;
    return this.#hang(request.signal);
  };

  #hang(signal: AbortSignal): Promise<never> {
    this.onHang("began");
    return new Promise((_, reject) => {
      signal.addEventListener("abort", () => {
        this.onHang("left");
        reject(signal.reason);
      });
    });
  }
}
