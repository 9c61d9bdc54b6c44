import { setTimeout as pause } from "node:timers/promises";

/** Attempts of a request in all. */
const ATTEMPTS = 6;
/** The first wait; each further one is twice as long. */
const BACKOFF_MS = 250;
/** Of one attempt. */
const TIMEOUT_MS = 60_000;

/** Asks an HTTP API for JSON; what passes by itself is asked again. */
export class HttpJson {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #backoffMs: number;

  /** @param url  without a slash at its end */
  constructor(url: string, headers: Readonly<Record<string, string>>, backoffMs = BACKOFF_MS) {
    this.#url = url;
    this.#headers = headers;
    this.#backoffMs = backoffMs;
  }

  /** @throws Error that names the address and what it answered */
  get(path: string): Promise<unknown> {
    return this.#ask(path, { method: "GET" });
  }

  /** @throws Error that names the address and what it answered */
  post(path: string, body: unknown): Promise<unknown> {
    const headers = { "content-type": "application/json" };
    return this.#ask(path, { method: "POST", body: JSON.stringify(body), headers });
  }

  async #ask(path: string, init: RequestInit): Promise<unknown> {
    for (let attempt = 1; ; attempt++) {
      const failure = await this.#attempt(path, init);
      if ("json" in failure) return failure.json;
      if (!failure.passes || attempt >= ATTEMPTS) throw new Error(failure.problem);
      await pause(this.#backoffMs * 2 ** (attempt - 1));
    }
  }

  async #attempt(path: string, init: RequestInit): Promise<{ json: unknown } | { problem: string; passes: boolean }> {
    // The keys are in headers, and not in the address.
    const where = `${init.method} ${this.#url}${path.split("?", 1)[0]}`;
    try {
      const headers = { accept: "application/json", ...this.#headers, ...init.headers };
      const response = await fetch(`${this.#url}${path}`, {
        ...init,
        headers,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const text = await response.text();
      if (response.ok) return { json: JSON.parse(text) };
      const passes = response.status === 429 || response.status >= 500;
      return { problem: `${where} answered ${response.status}: ${text.slice(0, 200)}`, passes };
    } catch (error) {
      if (error instanceof SyntaxError) return { problem: `${where} answered no JSON`, passes: false };
      const { message, cause } = error as Error;
      return { problem: `${where} failed: ${(cause as Error | undefined)?.message ?? message}`, passes: true };
    }
  }
}
