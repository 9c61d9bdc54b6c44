import { formatAddress, type Settings } from "../config.js";
import { EXIT_FAILED, explain } from "./explain.js";

/** A server as the command sees it. */
export interface Launched {
  readonly addresses: readonly { readonly host: string; readonly port: number }[];
  readonly ready: Promise<void>;
  reloadCertificates(): void;
  close(): Promise<void>;
}

/** Starts a server that listens but may not be ready yet. */
export type Launch = (options: Settings & { readonly adminKey?: string }) => Promise<Launched>;

/** Runs a server until a signal. @returns 0 after a drain, 1 when it could not start */
export async function serve(settings: Settings, launch: Launch): Promise<number> {
  let server: Launched | undefined;
  // Without certificates it ends the process, as it does by default: a terminal that goes away takes its server along.
  if (settings.tlsCert !== undefined) process.on("SIGHUP", () => server?.reloadCertificates());
  try {
    server = await launch({ ...settings, adminKey: process.env[settings.adminKeyEnv] || undefined });
  } catch (error) {
    return fail(error);
  }
  const stopped = waitForSignal();
  try {
    await Promise.race([server.ready, stopped]);
  } catch (error) {
    const status = fail(error);
    await server.close();
    return status;
  }
  if (process.stdout.isTTY) {
    const scheme = settings.tlsCert === undefined ? "http" : "https";
    const urls = server.addresses.map((at) => `${scheme}://${formatAddress(at)}`).join(" ");
    process.stdout.write(`vecstore listens on ${urls} (data in ${settings.data}); Ctrl-C stops it\n`);
  }
  await stopped;
  await server.close();
  return 0;
}

/** Resolves at the first SIGTERM or SIGINT; the second one ends the process at once. */
function waitForSignal(): Promise<void> {
  return new Promise((resolve) => {
    let isStopping = false;
    const onSignal = () => {
      if (isStopping) process.exit(EXIT_FAILED);
      isStopping = true;
      resolve();
    };
    process.on("SIGTERM", onSignal);
    process.on("SIGINT", onSignal);
  });
}

/** One line: what went wrong and, where the system says no more than a code, what it means. */
function fail(error: unknown): number {
  process.stderr.write(`vecstore: ${explain(error)}\n`);
  return EXIT_FAILED;
}
