import type { DescMethod } from "@bufbuild/protobuf";
import { validateHost } from "../auth/host.js";
import type { Call } from "../call.js";
import { VecStoreService } from "../gen/vecstore/v1/vecstore_service_pb.js";
import type { Around } from "../interceptors/index.js";
import { chain } from "../maybe.js";
import type { NodeRequest } from "../node-http.js";
import type { MethodEntry } from "../rpc/services.js";
import { failureOf, replyOf, type Way } from "./answer.js";
import type { Fields } from "./codec/decoder.js";
import { acceptedCompression } from "./compression.js";
import { Ending } from "./ending.js";
import { formOf, type Head, messageIn } from "./form.js";
import { HeaderView } from "./header-view.js";
import { createInvoke, type Exchange, type Invoke } from "./invoke.js";
import { createMessages, type Messages } from "./messages.js";
import type { Reply, Sink } from "./sink.js";
import { timeoutOf } from "./timeout.js";

/** What a lane needs. */
export interface LaneOptions {
  readonly methods: readonly MethodEntry[];
  readonly around: Around;
  readonly maxMessageBytes: number;
}

/** The calls that make up nearly all of a server's work. */
const LANE_METHODS: ReadonlySet<DescMethod> = new Set([
  VecStoreService.method.query,
  VecStoreService.method.batchQuery,
  VecStoreService.method.upsert,
  VecStoreService.method.get,
]);

/** One method of the lane. */
interface Entry {
  readonly invoke: Invoke;
  readonly messages: Messages;
}

/** A plain call whose head was read. */
export interface Ride {
  readonly entry: Entry;
  readonly way: Way;
  readonly exchange: Omit<Exchange, "call">;
  readonly sink: Sink;
  /** The most that its body may have. */
  readonly bytesMax: number;
}

/** The plain calls of a few methods, whatever brings their bytes. */
export class Lane {
  readonly #entries = new Map<DescMethod, Entry>();
  readonly #maxMessageBytes: number;
  /** The last host that was good. Nearly all requests name the same. */
  #host: string | undefined;

  constructor({ methods, around, maxMessageBytes }: LaneOptions) {
    this.#maxMessageBytes = maxMessageBytes;
    for (const entry of methods) {
      if (!LANE_METHODS.has(entry.method)) continue;
      const messages = createMessages(entry.method, maxMessageBytes);
      this.#entries.set(entry.method, { invoke: createInvoke(entry, around), messages });
    }
  }

  /** True for the methods that it may take. */
  has(method: DescMethod): boolean {
    return this.#entries.has(method);
  }

  /** Takes a call by its head; undefined when it is not plain. The time that a caller gives counts from here. */
  enter(method: DescMethod, head: Head, sink: Sink): Ride | undefined {
    const entry = this.#entries.get(method);
    const form = entry && formOf(head);
    if (entry === undefined || form === undefined) return undefined;
    if (!this.#isHost(head) || announced(head) > this.#maxMessageBytes) return undefined;
    const header = new HeaderView(head.headers);
    const timeoutMs = timeoutOf(header, form);
    if (timeoutMs === "unusual") return undefined;
    const exchange = { header, timeoutMs, ending: new Ending(sink, timeoutMs) };
    const way = { form, compression: acceptedCompression(head, form) };
    return { entry, way, exchange, sink, bytesMax: this.#maxMessageBytes + form.frameBytes };
  }

  /** The message in a body; undefined when it is not one plain message. */
  read({ entry, way }: Ride, body: Buffer): Fields | undefined {
    const bytes = messageIn(way.form, body);
    return bytes && entry.messages.read(way.form, bytes);
  }

  /** Answers a call, now or later. A call that was refused on its head is answered with that, whatever the message. */
  answer({ entry, way, exchange: common, sink }: Ride, call: Call, message: Fields): void {
    const exchange = { ...common, call };
    const fail = (thrown: unknown) => failureOf(way, thrown);
    const end = (reply: Reply) => {
      exchange.ending.clear();
      sink.send(reply);
    };
    try {
      const reply = chain(entry.invoke(message, exchange), ({ message: made, header, trailer }) =>
        replyOf(way, { bytes: entry.messages.write(way.form, made), header, trailer }),
      );
      if (reply instanceof Promise) void reply.catch(fail).then(end);
      else end(reply);
    } catch (thrown) {
      end(fail(thrown));
    }
  }

  #isHost(head: Head): boolean {
    const host = head.headers[":authority"] ?? head.headers.host;
    if (host === this.#host && host !== undefined) return true;
    try {
      validateHost(head as NodeRequest);
    } catch {
      return false;
    }
    this.#host = typeof host === "string" ? host : undefined;
    return true;
  }
}

/** Bytes that the body will have, when it says so. Anything that is no number is left to Node. */
function announced({ headers }: Head): number {
  return Number(headers["content-length"] ?? 0);
}
