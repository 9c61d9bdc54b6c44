import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Container } from "./container.js";

const RELAY = fileURLToPath(new URL("./relay.mjs", import.meta.url));

/** A port of a container, as `docker run -p` makes it reachable. */
export interface PublishedPort {
  /** `http://127.0.0.1:PORT`, of this machine. */
  readonly url: string;
  close(): Promise<void>;
}

/** Listens on a free loopback port and passes every connection on, by a socket in the file system, into the container. */
export async function publish(container: Container, port: number): Promise<PublishedPort> {
  const folder = await mkdtemp(join(tmpdir(), "vecstore-relay-"));
  const path = join(folder, "socket");
  const nsenter = [`--net=/proc/${container.pid}/ns/net`, process.execPath, RELAY, path, String(port)];
  const relay = spawn("nsenter", nsenter, { stdio: ["ignore", "pipe", "inherit"] });
  // It prints a line when it listens.
  await Promise.race([
    once(relay.stdout, "data"),
    once(relay, "exit").then(() => Promise.reject(new Error("no relay"))),
  ]);
  const server = createServer((outside) => {
    const inside = connect(path);
    for (const [from, to] of [
      [outside, inside],
      [inside, outside],
    ] as const) {
      from.pipe(to);
      from.on("error", () => to.destroy());
      from.on("close", () => to.destroy());
    }
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close();
      relay.kill();
      await once(relay, "exit");
      await rm(folder, { recursive: true, force: true });
    },
  };
}
