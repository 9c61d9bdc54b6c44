import { readFileSync } from "node:fs";

const read = (name: string) => readFileSync(new URL(`./tls/${name}`, import.meta.url));

/** Certificates for tests: an authority, and a server and a client that it signed. */
export const TEST_TLS = {
  ca: read("ca.pem"),
  server: { cert: read("server.pem"), key: read("server.key") },
  client: { cert: read("client.pem"), key: read("client.key") },
};
