import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkTimeout, parseAddress, toSettings } from "./options.js";
import { VERSION } from "./version.js";

describe("parseAddress", () => {
  it.each([
    ["localhost:8080", "http://localhost:8080"],
    ["db", "http://db"],
    ["[::1]:8080", "http://[::1]:8080"],
    ["10.0.0.1:80", "http://10.0.0.1"],
    ["https://db.example", "https://db.example"],
    ["https://db.example:443/", "https://db.example"],
    ["http://proxy/vectors/", "http://proxy/vectors"],
    ["HTTPS://db.example", "https://db.example"],
  ])("reads %s as %s", (address, url) => {
    expect(parseAddress(address)).toBe(url);
  });

  it.each(["", "ftp://db", "http://", "db:99999", "http://user:pass@db", "http://db?x=1", "http://db#x", "a b"])(
    "refuses %j",
    (address) => {
      expect(() => parseAddress(address)).toThrow(expect.objectContaining({ code: "invalid_argument" }));
    },
  );
});

describe("checkTimeout", () => {
  it.each([1, 0.5, 2_147_483_647, Number.POSITIVE_INFINITY])("takes %d", (timeoutMs) => {
    expect(checkTimeout(timeoutMs)).toBe(timeoutMs);
  });

  it.each([0, -1, Number.NaN, 2_147_483_648, "30"])("refuses %j", (timeoutMs) => {
    expect(() => checkTimeout(timeoutMs as number)).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  });
});

describe("toSettings", () => {
  it("has the defaults of the documentation", () => {
    const settings = toSettings("db", {});
    expect(settings).toMatchObject({ namespace: "", timeoutMs: 30_000 });
    expect(settings.retry).toMatchObject({ attempts: 3, backoffMs: 100, backoffMsMax: 5_000 });
    expect([...settings.headers]).toEqual([]);
  });

  it("sends the key beside the caller's headers", () => {
    const { headers } = toSettings("db", { apiKey: "k", headers: { "x-team": "search" } });
    expect(Object.fromEntries(headers)).toEqual({ "x-api-key": "k", "x-team": "search" });
  });

  it.each([{ attempts: 0 }, { attempts: 1.5 }, { backoffMs: -1 }, { backoffMsMax: Number.NaN }])(
    "refuses the retries %j",
    (retries) => {
      expect(() => toSettings("db", { retries })).toThrow(expect.objectContaining({ code: "invalid_argument" }));
    },
  );
});

it("VERSION is that of package.json", () => {
  expect(VERSION).toBe(JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version);
});
