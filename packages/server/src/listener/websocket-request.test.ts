import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebSocketAwareRequest } from "./websocket-request.js";

let server: Server;
let seen: string[];
beforeEach(async () => {
  seen = [];
  server = createServer({ IncomingMessage: WebSocketAwareRequest }, (_request, response) => {
    seen.push("request");
    response.end();
  });
  const take = (event: string) =>
    server.on(event, (_request, socket) => {
      seen.push(event);
      socket.end("taken");
    });
  for (const event of ["upgrade", "connect"]) take(event);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function ask(head: string, upgrade: string): Promise<readonly string[]> {
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.write(`${head} HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: ${upgrade}\r\n\r\n`);
  await once(socket, "data");
  socket.destroy();
  return seen;
}

describe("a request", () => {
  it.each([
    ["GET /v1/query/stream", "websocket", "upgrade"],
    ["GET /v1/query/stream?a=b", "WebSocket", "upgrade"],
    ["GET /v1/query/stream", "h2c", "request"],
    ["GET /v1/query/streams", "websocket", "request"],
    ["GET /v1/query", "websocket", "request"],
    ["POST /v1/query", "h2c", "request"],
    ["CONNECT a:80", "websocket", "connect"],
  ])("%s that offers %s is a plain one, or not: %s", async (head, upgrade, kind) => {
    expect(await ask(head, upgrade)).toEqual([kind]);
  });
});
