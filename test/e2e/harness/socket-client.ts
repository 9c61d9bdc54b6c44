import { once } from "node:events";
import { WebSocket } from "ws";
import type { Target } from "./http.js";
import { until } from "./server.js";

/** A frame that came, parsed. */
export type Frame = Readonly<Record<string, unknown>> & {
  readonly error?: {
    readonly code: string;
    readonly reason: string;
    readonly message: string;
    readonly details: object;
  };
};

/** How a socket ended. */
export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** A handshake that was refused. */
export interface RefusedHandshake {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly error: { readonly code: string; readonly reason: string; readonly message: string };
}

const addressOf = ({ url }: Target) => `${url.replace(/^http/, "ws")}/v1/query/stream`;
const optionsOf = (headers: Readonly<Record<string, string>>) => ({ headers, perMessageDeflate: false });

/** A client of the WebSocket `/v1/query/stream`. */
export class SocketClient {
  readonly frames: Frame[] = [];
  closed: Closed | undefined;
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => this.frames.push(JSON.parse(data.toString())));
    socket.on("close", (code, reason) => {
      this.closed = { code, reason: reason.toString() };
    });
    socket.on("error", () => {});
  }

  /** @throws Error when the handshake is refused */
  static async open(target: Target, headers: Readonly<Record<string, string>> = {}): Promise<SocketClient> {
    const socket = new WebSocket(addressOf(target), { ...optionsOf(headers), ...(target.ca && { ca: target.ca }) });
    const client = new SocketClient(socket);
    await once(socket, "open");
    return client;
  }

  /** Opens a socket that must be refused. */
  static async refused(target: Target, headers: Readonly<Record<string, string>> = {}): Promise<RefusedHandshake> {
    const socket = new WebSocket(addressOf(target), optionsOf(headers));
    socket.on("error", () => {});
    const [, response] = await once(socket, "unexpected-response");
    let text = "";
    for await (const chunk of response) text += chunk;
    return { status: response.statusCode, headers: response.headers, error: JSON.parse(text).error };
  }

  /** Sends a frame; text goes as it is. */
  send(frame: object | string): void {
    this.#socket.send(typeof frame === "string" || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame));
  }

  /** Asks, and waits for the frame that ends the query. @returns its frames */
  async ask(query: object, requestId: string | number = `q${this.frames.length}`): Promise<readonly Frame[]> {
    this.send({ ...query, request_id: requestId });
    return this.end(requestId);
  }

  /** Waits until a query has ended. @returns its frames */
  end(requestId: string | number): Promise<readonly Frame[]> {
    return until(`the end of ${requestId}`, () => {
      const own = this.frames.filter(({ request_id }) => request_id === requestId);
      const last = own.at(-1);
      return (last?.complete === true || last?.error !== undefined) && own;
    });
  }

  /** Waits for the next error that is about no query. */
  async error(): Promise<NonNullable<Frame["error"]>> {
    return until("an error", () => {
      const at = this.frames.findIndex(({ error, request_id }) => error !== undefined && request_id === undefined);
      return at >= 0 && this.frames.splice(at, 1)[0]!.error;
    });
  }

  /** Waits until the server has closed the socket. */
  closing(): Promise<Closed> {
    return until("the close", () => this.closed);
  }

  /** Reads nothing more from the connection, until `resume`. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Goes away without a word. */
  vanish(): void {
    this.#socket.terminate();
  }

  async close(): Promise<void> {
    this.#socket.close();
    await this.closing();
  }
}
