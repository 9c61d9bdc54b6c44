import { expect, it } from "vitest";
import { configuredCredentials } from "./configured-credentials.js";
import { findCredential } from "./keyring.js";
import { digestOf } from "./keys.js";

const bySha256 = {
  name: "ingest",
  sha256: digestOf("one").toString("hex"),
  role: "writer",
  namespaces: ["docs"],
} as const;
const byEnv = { name: "scraper", env: "SCRAPE_KEY", role: "metrics", namespaces: [] } as const;

it("finds each key by its text, and the admin's", () => {
  const credentials = configuredCredentials("root", [bySha256, byEnv], { SCRAPE_KEY: "two" });
  const found = ["root", "one", "two", "three", "SCRAPE_KEY", bySha256.sha256].map(
    (key) => findCredential(key, credentials, new Map())?.id,
  );
  expect(found).toEqual(["admin", "ingest", "scraper", undefined, undefined, undefined]);
  expect(credentials.map(({ role, namespaces }) => [role, ...namespaces])).toEqual([
    ["admin"],
    ["writer", "docs"],
    ["metrics"],
  ]);
});

it("is empty without keys, and fails when a variable is not there", () => {
  expect(configuredCredentials(undefined, [], {})).toEqual([]);
  for (const env of [{}, { SCRAPE_KEY: "" }]) {
    expect(() => configuredCredentials("root", [byEnv], env)).toThrow("SCRAPE_KEY of the key scraper is not set");
  }
});
