import type { Compression } from "@connectrpc/connect/protocol";
import { compressionGzip } from "@connectrpc/connect-node";
import type { Form, Head } from "./form.js";

/** The compression that the server has and the caller accepts, as Connect finds it. */
export function acceptedCompression({ headers }: Head, form: Form): Compression | undefined {
  const accepted = headers[form.headers.acceptEncoding];
  if (typeof accepted !== "string" || !accepted.includes(compressionGzip.name)) return undefined;
  const names = accepted.split(",").map((name) => name.trim());
  return names.includes(compressionGzip.name) ? compressionGzip : undefined;
}
