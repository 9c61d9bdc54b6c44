import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One request and its answer, as a file of testing/foreign/ keeps them. */
export interface Exchange {
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly body?: Readonly<Record<string, unknown>>;
  };
  readonly response: { readonly status: number; readonly body: unknown };
}

/** A server that answers as another database does. */
export interface ForeignServer {
  readonly url: string;
  /** What it was asked, in order. */
  readonly asked: {
    readonly method: string;
    readonly path: string;
    readonly headers: IncomingMessage["headers"];
    /** Parsed; undefined where there was none. */
    readonly body: unknown;
  }[];
  close(): Promise<void>;
}

/** The exchanges of a database. */
export function exchangesOf(name: string): Exchange[] {
  return JSON.parse(readFileSync(new URL(`./foreign/${name}.json`, import.meta.url), "utf8")).exchanges;
}

/**
 * Starts it on a free loopback port. A request is answered by the first exchange of its method and address, whatever the order
 * of the address's parameters, whose body agrees in every
 * field that it has; null there means that the field is absent. Others get 599.
 *
 * @param failures  answers with 503 to so many requests first
 */
export async function startForeignServer(exchanges: readonly Exchange[], failures = 0): Promise<ForeignServer> {
  const asked: ForeignServer["asked"] = [];
  let left = failures;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString());
    const { method = "", url: path = "", headers } = request;
    asked.push({ method, path, headers, body });
    if (left-- > 0) return answer(response, 503, { error: "busy" });
    const found = exchanges.find((each) => agrees(each.request, method, path, body));
    if (found === undefined) return answer(response, 599, { unknown: [method, path, body] });
    answer(response, found.response.status, found.response.body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, close };
}

function agrees(
  expected: Exchange["request"],
  method: string,
  path: string,
  body: Record<string, unknown> | undefined,
) {
  if (expected.method !== method || addressOf(expected.path) !== addressOf(path)) return false;
  return Object.entries(expected.body ?? {}).every(([name, value]) => {
    return value === null ? body?.[name] === undefined : JSON.stringify(body?.[name]) === JSON.stringify(value);
  });
}

/** The path with its parameters by their names; those of one name keep their order. */
function addressOf(path: string): string {
  const { pathname, searchParams } = new URL(path, "http://localhost");
  searchParams.sort();
  return `${pathname}?${searchParams}`;
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
