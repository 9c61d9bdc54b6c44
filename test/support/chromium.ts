import { existsSync, readlinkSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium } from "playwright-core";

const CHROMIUM = "/usr/bin/chromium";

/** A browser that stays on this machine: no updates, no telemetry, no QUIC. */
const ARGUMENTS = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const IN_CI = process.env.CI === "true";

/** True where the tests of a browser cannot run; in CI they run and fail instead. Says once how to get it. */
export const isChromiumMissing = !existsSync(CHROMIUM) && !IN_CI;
if (isChromiumMissing) console.warn(`browser tests are skipped: no ${CHROMIUM}; run apt-get install chromium`);

/** A running browser with a profile on the disk, as a user has it: a private window keeps its files in memory. */
export interface Chromium {
  readonly context: BrowserContext;
  /** Ends the browser as `kill -9` does, and returns when it is gone. Its files stay. */
  kill(): Promise<void>;
  /** Starts again with the same files, after `kill`. */
  restart(): Promise<Chromium>;
  /** Ends the browser and removes its files. */
  close(): Promise<void>;
}

/** Starts Chromium with files of its own. */
export async function startChromium(): Promise<Chromium> {
  if (!existsSync(CHROMIUM)) throw new Error(`no ${CHROMIUM}; run apt-get install chromium`);
  return startWith(await mkdtemp(join(tmpdir(), "vecstore-chromium-")));
}

async function startWith(profile: string): Promise<Chromium> {
  const options = { executablePath: CHROMIUM, headless: false, args: ARGUMENTS };
  const context = await chromium.launchPersistentContext(profile, options);
  return {
    context,
    kill: async () => {
      const gone = new Promise((resolve) => context.once("close", resolve));
      process.kill(pidOf(profile), "SIGKILL");
      await gone;
    },
    restart: () => startWith(profile),
    close: async () => {
      await context.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Chromium marks its profile as taken by a link to `<host>-<pid>`. */
function pidOf(profile: string): number {
  return Number(/-(\d+)$/.exec(readlinkSync(join(profile, "SingletonLock")))![1]);
}
