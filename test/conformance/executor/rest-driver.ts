import { VecStoreError } from "@vecstore/client";
import { readJson } from "./case.js";
import type { Call, CaseClient, ClientInit, Driver } from "./driver.js";
import { fromBody } from "./rest-answer.js";
import { toBody } from "./rest-request.js";

type Fields = Record<string, unknown>;

interface Operation {
  /** Such as `POST /v1/query`; null where REST has none. */
  readonly rest: string | null;
}

const { operations: OPERATIONS } = readJson(new URL("../operations.json", import.meta.url)) as {
  operations: Readonly<Record<string, Operation>>;
};

/** Operations whose answer comes in pages, and the list of each. */
const LISTS: Readonly<Record<string, string>> = {
  list: "records",
  list_snapshots: "snapshots",
  list_namespaces: "namespaces",
  list_api_keys: "api_keys",
  export_usage: "usages",
};

/** Whether REST can do an operation. */
export const hasRest = (operation: string): boolean => (OPERATIONS[operation]?.rest ?? null) !== null;

/** The REST door, by fetch: what a caller without a client does. */
export const restDriver: Driver = {
  protocol: "rest",
  open: (init) => new RestClient(init),
  toError: (thrown) => {
    if (!(thrown instanceof VecStoreError)) return undefined;
    const { code, reason, message, details, retryable, retryAfterMs } = thrown;
    return { code, reason, message, details, retryable, retry_after_ms: retryAfterMs };
  },
};

/** What goes into one request. */
interface Request {
  readonly operation: string;
  readonly fields: Fields;
  readonly namespace: string | undefined;
  readonly timeoutMs: number | undefined;
}

class RestClient implements CaseClient {
  readonly #init: ClientInit;

  constructor(init: ClientInit) {
    this.#init = init;
  }

  async perform({ operation, args, namespace, timeoutMs, take }: Call): Promise<unknown> {
    const request = { operation, fields: toBody(operation, args), namespace, timeoutMs };
    const list = LISTS[operation];
    if (list !== undefined) return { [list]: await this.#pages(request, list, take) };
    if (operation === "export") return this.#export(request, take);
    if (operation === "import") return this.#import(request);
    return fromBody(operation, (await (await this.#send(request)).json()) as Fields);
  }

  close(): void {}

  async #pages(request: Request, list: string, take: number): Promise<unknown[]> {
    const items: unknown[] = [];
    for (let page_token = ""; ; ) {
      const fields = page_token === "" ? request.fields : { ...request.fields, page_token };
      const body = (await (await this.#send({ ...request, fields })).json()) as Fields;
      items.push(...(fromBody(request.operation, body)[list] as unknown[]));
      page_token = String(body.next_page_token ?? "");
      if (page_token === "" || items.length >= take) return items.slice(0, take);
    }
  }

  async #export(request: Request, take: number): Promise<Fields> {
    const records: unknown[] = [];
    let resume_token: unknown = request.fields.resume_token;
    for (const line of await linesOf(await this.#send(request))) {
      if (line.resume_token !== undefined) resume_token = line.resume_token;
      else if (line.id !== undefined) records.push(fromBody("get", line));
      if (records.length === take) break;
    }
    return { records, resume_token };
  }

  async #import({ fields: { records, batch_size, ...fields }, ...request }: Request): Promise<Fields> {
    const body = (records as unknown[]).map((record) => `${JSON.stringify(record)}\n`).join("");
    const lines = await linesOf(await this.#send({ ...request, fields }, body));
    const failures = lines.flatMap((line) => (line.failures as Fields[]).map(fromFailure));
    return { ...lines.at(-1), failures };
  }

  /** @throws VecStoreError what the server answers */
  async #send({ operation, fields, namespace, timeoutMs }: Request, lines?: string): Promise<Response> {
    const { key } = this.#init;
    const [method, path] = OPERATIONS[operation]!.rest!.split(" ") as [string, string];
    const { filled, left } = fill(path, fields);
    const hasBody = lines === undefined && (method === "POST" || method === "PATCH");
    const query = hasBody || Object.keys(left).length === 0 ? "" : `?${new URLSearchParams(left as never)}`;
    const answer = await fetch(this.#init.url + filled + query, {
      method,
      headers: {
        "content-type": lines === undefined ? "application/json" : "application/x-ndjson",
        ...(namespace !== undefined && path.startsWith("/v1/") && { "x-namespace": namespace }),
        ...(key !== undefined && { "x-api-key": key }),
        ...(timeoutMs !== undefined && { "connect-timeout-ms": String(timeoutMs) }),
      },
      ...(hasBody ? { body: JSON.stringify(left) } : lines !== undefined && { body: lines }),
    });
    if (!answer.ok) throw toError(((await answer.json()) as { error: Fields }).error, answer);
    return answer;
  }
}

/** Puts fields into the path, where it has places for them. */
function fill(path: string, fields: Fields): { readonly filled: string; readonly left: Fields } {
  const left = { ...fields };
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(left[name]);
    delete left[name];
    return encodeURIComponent(value);
  });
  return { filled, left };
}

/** The lines of JSON of an answer. @throws VecStoreError when one of them is an error */
async function linesOf(answer: Response): Promise<Fields[]> {
  const lines = (await answer.text()).split("\n").filter((line) => line !== "");
  return lines.map((line) => {
    const fields = JSON.parse(line) as Fields;
    if (fields.error !== undefined) throw toError(fields.error as Fields, answer);
    return fields;
  });
}

function fromFailure({ reason, ...failure }: Fields): Fields {
  return { id: "", ...failure, reason: String(reason).toUpperCase() };
}

function toError(facts: Fields, answer: Response): VecStoreError {
  const seconds = answer.headers.get("retry-after");
  return new VecStoreError({
    ...(facts as never as VecStoreError),
    ...(seconds && { retryAfterMs: Number(seconds) * 1_000 }),
  });
}
