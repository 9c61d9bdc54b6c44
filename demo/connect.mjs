// What the demos share: the address, the client, and errors in words.

/** Where the server is expected. */
export const URL_OF_SERVER = process.env.VECSTORE_URL ?? "http://localhost:8080";

/** Ends the program with a message instead of a stack. */
export class Refusal extends Error {}

/**
 * A client.
 *
 * @param {string} [namespace]
 */
export async function connect(namespace) {
  const { VecStoreClient } = await import("@vecstore/client").catch((cause) => {
    if (cause?.code !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new Refusal("the client is not built; run: npm ci && npm run build");
  });
  return new VecStoreClient(URL_OF_SERVER, { namespace, apiKey: process.env.VECSTORE_API_KEY });
}

/** Creates a namespace, or uses it as it is. */
export async function ensureNamespace(client, name, options) {
  try {
    await client.createNamespace(name, options);
  } catch (error) {
    if (error?.reason !== "NAMESPACE_EXISTS") throw error;
  }
}

/** Runs a program; what a person can put right is said in one line, anything else keeps its stack. */
export async function main(program) {
  try {
    await program(process.argv.slice(2));
  } catch (error) {
    console.error(explain(error));
    process.exitCode = 1;
  }
}

function explain(error) {
  if (error instanceof Refusal) return error.message;
  if (error?.reason === "UNREACHABLE") return `nothing listens at ${URL_OF_SERVER}; start the server with npm start`;
  if (error?.name === "VecStoreError") return `${error.message} (${error.reason})`;
  return error?.stack ?? String(error);
}
