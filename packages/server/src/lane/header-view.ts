import type { NodeRequest } from "../node-http.js";

type NodeHeaders = NodeRequest["headers"];

const NONE: NodeHeaders = Object.freeze({});

/**
 * Node's headers as `Headers`. Those take longer to make than much of what a call does at its door, so they are made when somebody
 * asks for more than one header by its name.
 */
export class HeaderView {
  readonly #headers: NodeHeaders;
  #whole: Headers | undefined;

  /** @param headers  of a request; none for an answer */
  constructor(headers: NodeHeaders = NONE) {
    this.#headers = headers;
  }

  /** The headers, once they were made; undefined while nothing can have been set. */
  get made(): Headers | undefined {
    return this.#whole;
  }

  get(name: string): string | null {
    if (this.#whole !== undefined) return this.#whole.get(name);
    const value = this.#headers[name.toLowerCase()];
    return Array.isArray(value) ? value.join(", ") : (value ?? null);
  }

  has(name: string): boolean {
    return this.get(name) !== null;
  }

  append(name: string, value: string): void {
    this.#make().append(name, value);
  }

  set(name: string, value: string): void {
    this.#make().set(name, value);
  }

  delete(name: string): void {
    this.#make().delete(name);
  }

  forEach(visit: (value: string, name: string, headers: Headers) => void, self?: unknown): void {
    this.#make().forEach(visit, self);
  }

  entries(): ReturnType<Headers["entries"]> {
    return this.#make().entries();
  }

  keys(): ReturnType<Headers["keys"]> {
    return this.#make().keys();
  }

  values(): ReturnType<Headers["values"]> {
    return this.#make().values();
  }

  getSetCookie(): string[] {
    return this.#make().getSetCookie();
  }

  [Symbol.iterator](): ReturnType<Headers["entries"]> {
    return this.entries();
  }

  #make(): Headers {
    if (this.#whole !== undefined) return this.#whole;
    const whole = new Headers();
    for (const [name, value] of Object.entries(this.#headers)) {
      // Names that begin with a colon belong to HTTP/2 itself.
      if (value === undefined || name.startsWith(":")) continue;
      for (const each of Array.isArray(value) ? value : [value]) whole.append(name, each);
    }
    this.#whole = whole;
    return whole;
  }
}
