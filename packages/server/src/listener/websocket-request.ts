import { IncomingMessage } from "node:http";

/** The path that is a WebSocket. */
export const WEBSOCKET_PATH = "/v1/query/stream";

/** Whether the parser saw an upgrade; beside the object, since Node sets it before a field of ours could exist. */
const UPGRADES = new WeakMap<IncomingMessage, unknown>();

/**
 * A request that asks for an upgrade only where there is one: a WebSocket at its path. Node hands every request with an Upgrade header to
 * the listener of upgrades once there is one, also the h2c offers of curl and Java, which are to be answered as the plain
 * HTTP/1.1 that they also are. It looks at `upgrade` to decide, and sets it when it has the head of a request.
 */
export class WebSocketAwareRequest extends IncomingMessage {
  get upgrade(): unknown {
    const isAsked = UPGRADES.get(this);
    return isAsked && (this.method === "CONNECT" || isWebSocket(this)) ? isAsked : false;
  }

  set upgrade(value: unknown) {
    UPGRADES.set(this, value);
  }
}

function isWebSocket({ url, headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === "websocket" && url?.split("?", 1)[0] === WEBSOCKET_PATH;
}
