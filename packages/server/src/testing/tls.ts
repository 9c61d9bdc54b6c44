import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The path of one of the test certificates. */
export const testTlsFile = (name: string): string => fileURLToPath(new URL(`./tls/${name}`, import.meta.url));

const read = (name: string) => readFileSync(testTlsFile(name));

/** Certificates for tests: an authority, and a server and a client that it signed; and those that a server changes to. */
export const TEST_TLS = {
  ca: read("ca.pem"),
  server: { cert: read("server.pem"), key: read("server.key") },
  client: { cert: read("client.pem"), key: read("client.key") },
  nextCa: read("next-ca.pem"),
  next: { cert: read("next.pem"), key: read("next.key") },
};
