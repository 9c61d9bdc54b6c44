// What the Python client costs beside bare gRPC: client CPU of a query, and a bulk write.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PYTHON_CLIENT, toolsVenv } from "../../scripts/python-venv.mjs";
import { ServerProcess } from "../support/server-process.mjs";

const SCRIPT = fileURLToPath(new URL("client-cost-python.py", import.meta.url));

export const summary = "the Python client beside bare grpcio: client CPU of a query, and a bulk write";

export const options = {
  queries: { type: "string", default: "1000", doc: "queries of a round" },
  rounds: { type: "string", default: "5", doc: "rounds, in which the clients take turns" },
  records: { type: "string", default: "100000", doc: "records of the bulk write, 0 to leave it out" },
  dimension: { type: "string", default: "768", doc: "of vectors" },
};

export async function run(values) {
  const python = toolsVenv();
  if (python === undefined) throw new Error("python3 is missing");
  const folder = mkdtempSync(join(tmpdir(), "vecstore-cost-"));
  const server = await ServerProcess.start(folder);
  try {
    const args = Object.entries(values).map(([name, value]) => `--${name}=${value}`);
    const env = { ...process.env, PYTHONPATH: join(PYTHON_CLIENT, "src") };
    const { status } = spawnSync(python, [SCRIPT, server.host, ...args], { stdio: "inherit", env });
    if (status !== 0) throw new Error(`client-cost-python.py exited with ${status}`);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
