import { describe, expect, it } from "vitest";
import type { NodeRequest } from "../node-http.js";
import { validateHost } from "./host.js";

const http1 = (host: string | undefined) => ({ headers: { host } }) as unknown as NodeRequest;
const http2 = (authority: string | undefined) => ({ headers: {}, authority }) as unknown as NodeRequest;

describe("validateHost", () => {
  it.each(["localhost", "127.0.0.1:8080", "[::1]:8080", "db.example", "bücher.example"])("takes %s", (host) => {
    for (const request of [http1(host), http2(host)]) expect(() => validateHost(request)).not.toThrow();
  });

  it.each([undefined, "", "a b", "[::1", "a:99999", "a:b", "a/b", "a?b", "u@a", "a\\b", "%"])("refuses %s", (host) => {
    for (const request of [http1(host), http2(host)]) expect(() => validateHost(request)).toThrow("host");
  });
});
