import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A cluster as helm's `lookup` asks it: it holds one Secret, or none. */
export interface FakeCluster {
  /** Flags by which helm asks it, and nothing else. */
  readonly flags: readonly string[];
  close(): Promise<void>;
}

/** Listens on a free loopback port. @param data  of the Secret `r-vecstore-keys` in the namespace `data`, in base64 */
export async function startFakeCluster(data?: Readonly<Record<string, string>>): Promise<FakeCluster> {
  const secret = { kind: "Secret", apiVersion: "v1", metadata: { name: "r-vecstore-keys", namespace: "data" }, data };
  const resource = {
    name: "secrets",
    singularName: "secret",
    namespaced: true,
    kind: "Secret",
    verbs: ["get", "list"],
  };
  const answers = new Map<string, object>([
    ["/api/v1", { kind: "APIResourceList", groupVersion: "v1", resources: [resource] }],
  ]);
  if (data !== undefined) answers.set("/api/v1/namespaces/data/secrets/r-vecstore-keys", secret);
  const missing = { kind: "Status", apiVersion: "v1", status: "Failure", reason: "NotFound", code: 404 };
  const server = createServer((request, response) => {
    const answer = answers.get(request.url!.split("?")[0]!);
    response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer ?? missing));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    flags: ["--dry-run=server", "--kubeconfig", "/dev/null", "--kube-apiserver", `http://127.0.0.1:${port}`],
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
