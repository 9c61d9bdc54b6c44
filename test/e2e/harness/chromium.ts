import { existsSync } from "node:fs";
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
  /** The folder of the profile, for another start with the same files. */
  readonly profile: string;
  close(): Promise<void>;
}

/**
 * Starts Chromium.
 *
 * @param profile  of an earlier start; a new one, which `close` removes, when absent
 */
export async function startChromium(profile?: string): Promise<Chromium> {
  if (!existsSync(CHROMIUM)) throw new Error(`no ${CHROMIUM}; run apt-get install chromium`);
  const folder = profile ?? (await mkdtemp(join(tmpdir(), "vecstore-chromium-")));
  const options = { executablePath: CHROMIUM, headless: false, args: ARGUMENTS };
  const context = await chromium.launchPersistentContext(folder, options);
  return {
    context,
    profile: folder,
    close: async () => {
      await context.close();
      if (profile === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}
