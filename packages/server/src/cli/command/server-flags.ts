import type { FlagValues } from "./spec.js";

/** Where the server is and how to talk to it: every command that does so has these. */
export const SERVER_FLAGS = {
  url: {
    kind: "text",
    placeholder: "ADDRESS",
    doc: "HOST:PORT, http://HOST:PORT or https://HOST. Default localhost:8080. [VECSTORE_URL]",
  },
  "api-key": {
    kind: "text",
    placeholder: "KEY",
    doc: "Other users of the machine may see flags, so the variable is better. [VECSTORE_API_KEY]",
  },
  "tls-ca": {
    kind: "text",
    placeholder: "FILE",
    doc: "PEM: authorities to trust in place of the well-known ones.",
  },
  "tls-cert": {
    kind: "text",
    placeholder: "FILE",
    doc: "PEM: the client's certificate, where the server asks for one.",
  },
  "tls-key": { kind: "text", placeholder: "FILE", doc: "PEM: the key of that certificate." },
} as const;

/** Which namespace. */
export const NAMESPACE_FLAG = {
  namespace: {
    kind: "text",
    placeholder: "NAME",
    doc: "Default: the one that the key is bound to, else default.",
  },
} as const;

/** How to print. */
export const OUTPUT_FLAG = {
  output: {
    kind: "text",
    placeholder: "FORMAT",
    doc: "table or json. Default table on a terminal, else json.",
    choices: ["table", "json"],
  },
} as const;

/** Values of `SERVER_FLAGS`. */
export type ServerFlags = FlagValues<typeof SERVER_FLAGS> & FlagValues<typeof NAMESPACE_FLAG>;
