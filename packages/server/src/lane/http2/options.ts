import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { CallBeginners } from "../../begin-call.js";
import type { Log } from "../../observability/logger.js";
import type { Ledger } from "../../quota/request-account.js";
import type { RpcDoor } from "../../rpc/door.js";
import type { Lane } from "../lane.js";
import type { HeadLimits } from "../plain-request.js";

/** Limits of connections of HTTP/2. */
export interface FrameLimits extends HeadLimits {
  readonly idleTimeoutMs: number;
  readonly maxConcurrentStreams: number;
}

/** What connections of HTTP/2 need, beside a lane. */
export interface FrameDoorOptions extends CallBeginners {
  readonly lane: Lane;
  readonly behind: Pick<RpcDoor, "find">;
  readonly ledger: Ledger;
  readonly limits: FrameLimits;
  readonly log: Log;
  /** Sent with every answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** True when clear text is refused. */
  readonly isTlsRequired: boolean;
}

/** Makes a session of Node on the other side of what is handed in; both belong to the connection. */
export type ToNode = (side: Duplex, connection: Socket) => void;
