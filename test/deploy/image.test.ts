import { existsSync } from "node:fs";
import { chown, cp, mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { VecStoreClient } from "@vecstore/client";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { DOORS } from "../e2e/harness/doors.js";
import { methodOf } from "../e2e/harness/schema.js";
import { TLS, until } from "../e2e/harness/server.js";
import { readCompose, withDefaults } from "../observability/files.js";
import { Container, type ContainerOptions } from "./container.js";
import { buildImage, type Image } from "./image.js";
import { type PublishedPort, publish } from "./published-port.js";

/** The user node of the image. */
const NODE = 1000;

let image: Image;
beforeAll(async () => {
  image = await buildImage();
}, 900_000);
afterAll(() => image?.remove());

let folder: string;
let data: string;
const containers: Container[] = [];
const ports: PublishedPort[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vecstore-container-"));
  data = join(folder, "data");
  // As the engine makes it for `-v $(pwd)/data:/data`: root's, and nobody else may write there.
  await mkdir(data, { mode: 0o755 });
});
afterEach(async () => {
  await Promise.all(ports.splice(0).map((each) => each.close()));
  await Promise.all(containers.splice(0).map((each) => each.kill()));
  await rm(folder, { recursive: true, force: true });
});

function run(options: Partial<ContainerOptions> = {}): Container {
  const container = Container.run(image, { data, ...options });
  containers.push(container);
  return container;
}

async function published(container: Container, port: number): Promise<PublishedPort> {
  const opened = await publish(container, port);
  ports.push(opened);
  return opened;
}

const printedKey = ({ stderr }: Container) => /^ +(vs_\S+)$/m.exec(stderr)?.[1] ?? "none was printed";

describe("the image", () => {
  test("says its ports, its volume and what to run, and drains within the 10 s of docker stop", () => {
    expect(parseFloat(image.config.env.VECSTORE_DRAIN_TIMEOUT!)).toBeLessThan(10);
    expect(image.config).toMatchObject({
      ports: [50051, 8080],
      volumes: ["/data"],
      entrypoint: ["/app/docker/entrypoint.sh"],
      command: ["serve"],
    });
  });

  test("gives a new volume to the user that the server runs as", async () => {
    expect(await stat(join(image.root, "data"))).toMatchObject({ uid: NODE, gid: NODE });
  });

  test("holds what runs, and neither sources nor tools nor what this machine left beside them", async () => {
    const app = await readdir(join(image.root, "app"));
    expect(app.sort()).toEqual(["LICENSE", "docker", "node_modules", "packages"]);
    const engine = await readdir(join(image.root, "app/packages/engine"));
    expect(engine.sort()).toEqual(["LICENSE", "README.md", "dist", "package.json"]);
    for (const tool of ["typescript", "vitest", "turbo", "@biomejs"]) {
      expect(existsSync(join(image.root, "app/node_modules", tool)), tool).toBe(false);
    }
  });
});

describe("a container with nothing set", () => {
  test("serves every protocol on both ports to whoever has the key that it printed, and to nobody else", async () => {
    const container = await run().ready();
    const key = printedKey(container);
    for (const port of [50051, 8080]) {
      const target = await published(container, port);
      for (const door of DOORS) {
        const ask = (headers: Record<string, string>) => door.call(target, methodOf("Count"), {}, { headers });
        const where = `${door.name}, port ${port}`;
        expect(await ask({}), where).toMatchObject({ ok: false, reason: "API_KEY_MISSING" });
        expect(await ask({ "x-api-key": "wrong" }), where).toMatchObject({ ok: false, reason: "API_KEY_UNKNOWN" });
        expect(await ask({ "x-api-key": key }), where).toMatchObject({ ok: true });
      }
    }
  });

  test("answers a client by gRPC on one port what REST wrote on the other", async () => {
    const container = await run().ready();
    const key = printedKey(container);
    const [grpc, http] = [await published(container, 50051), await published(container, 8080)];
    const headers = { "x-api-key": key, "content-type": "application/json" };
    const body = JSON.stringify({ records: [{ id: "a", vector: [1, 2] }] });
    expect((await fetch(`${http.url}/v1/upsert`, { method: "POST", headers, body })).status).toBe(200);
    const client = new VecStoreClient(grpc.url, { apiKey: key });
    expect((await client.query([1, 2], { limit: 1 })).map(({ id }) => id)).toEqual(["a"]);
    client.close();
  });

  test("runs as a user that is not root, without any privilege, and owns its data", async () => {
    const container = await run().ready();
    expect(container.user).toBe(`${NODE}:${NODE}`);
    const none = "0".repeat(16);
    expect(container.privileges).toEqual({ CapPrm: none, CapEff: none, CapInh: none, NoNewPrivs: "1" });
    expect((await stat(data)).uid).toBe(NODE);
  });

  test("needs no root that takes writes", async () => {
    const container = await run().ready();
    expect(container.rootOptions).toContain("ro");
  });

  test("is healthy by the image's check, which is of the port that is set", async () => {
    const container = await run().ready();
    expect(await container.checkHealth()).toBe(0);
    expect(await container.checkHealth({ VECSTORE_HTTP: ":9" })).toBe(1);
  });

  test("ends with 0 on SIGTERM, and the next one has its data and its key", async () => {
    const first = await run().ready();
    const key = printedKey(first);
    const { url } = await published(first, 50051);
    const client = new VecStoreClient(url, { apiKey: key });
    await client.upsert([{ id: "kept", vector: [1, 2] }]);
    client.close();
    first.signal("SIGTERM");
    expect(await first.ended()).toBe(0);
    const second = await run().ready();
    expect(second.stderr).toBe("");
    const again = new VecStoreClient((await published(second, 8080)).url, { apiKey: key });
    expect(await again.count()).toBe(1);
    again.close();
  });
});

describe("a container that is told something", () => {
  test("runs as the user of --user, in a folder that is theirs", async () => {
    await chown(data, 4321, 4321);
    expect((await run({ user: "4321:4321" }).ready()).user).toBe("4321:4321");
  });

  test("runs as the user who owns the mounted folder", async () => {
    await chown(data, 4321, 4322);
    const container = await run().ready();
    expect(container.user).toBe("4321:4322");
    expect((await stat(data)).uid).toBe(4321);
  });

  test("leaves a folder of root's that has something in it alone", async () => {
    await writeFile(join(data, "precious"), "");
    const container = run();
    expect(await container.ended()).toBe(1);
    expect(container.stderr).toMatch(/^vecstore: \/data belongs to root and is not empty; .*chown -R 1000:1000/);
    expect((await stat(data)).uid).toBe(0);
  });

  test("says what to do where root has no capabilities", async () => {
    await chown(data, NODE, NODE);
    const container = run({ capDrop: "ALL" });
    expect(await container.ended()).toBe(1);
    expect(container.stderr).toMatch(/^vecstore: cannot become the owner of \/data .* --user 1000:1000\n$/);
  });

  test("runs as docker-compose.yml has it", async () => {
    const { user, environment, cap_drop } = readCompose().services.vecstore!;
    // A volume has the owner that the image gives it; the test above is of that.
    await chown(data, NODE, NODE);
    const env = Object.entries(environment ?? {}).map(([name, value]) => [name, withDefaults(String(value))]);
    const container = await run({ user, env: Object.fromEntries(env) }).ready();
    // Which the entry point could not become without capabilities.
    expect([cap_drop, container.user]).toEqual([["ALL"], `${NODE}:${NODE}`]);
    expect(await container.checkHealth()).toBe(0);
  });

  test("takes a disk of its own, with the folder that file systems come with", async () => {
    await mkdir(join(data, "lost+found"));
    expect((await run().ready()).user).toBe(`${NODE}:${NODE}`);
  });

  test("takes settings as variables and flags, and the key of VECSTORE_ADMIN_KEY", async () => {
    const env = { VECSTORE_HTTP: "127.0.0.1:9090", VECSTORE_ADMIN_KEY: "a key of mine" };
    const container = await run({ env, args: ["serve", "--log-level", "debug"] }).ready();
    expect(container.stderr).toBe("");
    expect(await container.checkHealth()).toBe(0);
    const { url } = await published(container, 9090);
    const headers = { "x-api-key": "a key of mine" };
    expect((await fetch(`${url}/v1/stats`, { headers })).status).toBe(200);
    // Lines are written a moment later, some together.
    await until("the log has the request", () => container.stdout.includes('"msg":"request_complete"'));
  });

  test("is healthy by clear text also where it speaks TLS", async () => {
    const files = { VECSTORE_TLS_CERT: TLS.tlsCert, VECSTORE_TLS_KEY: TLS.tlsKey };
    await chown(data, NODE, NODE);
    const env: Record<string, string> = {};
    for (const [name, file] of Object.entries(files)) {
      await cp(file, join(data, basename(file)));
      env[name] = `/data/${basename(file)}`;
    }
    const container = await run({ env }).ready();
    expect(await container.checkHealth()).toBe(0);
    const { url } = await published(container, 8080);
    expect((await fetch(`${url}/v1/stats`, { headers: { "x-api-key": printedKey(container) } })).status).toBe(400);
  });
});
