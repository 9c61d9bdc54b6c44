import { createServer } from "node:http";
import { checkFaults } from "./faults.mjs";
import { FaultProxy } from "./proxy.mjs";

/** The door through which executors open proxies and ask what came to them: HTTP with JSON, on a free loopback port. */
export async function startControl(servers) {
  const proxies = new Map();
  let count = 0;

  async function open({ server, faults }) {
    const target = servers[server];
    if (target === undefined) throw new Error(`server is ${JSON.stringify(server)}; use ${Object.keys(servers)}`);
    const proxy = await FaultProxy.start(target, checkFaults(faults));
    const id = String(++count);
    proxies.set(id, proxy);
    return { id, url: proxy.url };
  }

  function close(id) {
    proxies.get(id).close();
    proxies.delete(id);
    return {};
  }

  async function answer(method, path, body) {
    if (method === "POST" && path === "/proxies") return open(JSON.parse(body));
    const [, id] = /^\/proxies\/(\d+)$/.exec(path) ?? [];
    if (!proxies.has(id)) throw new Error(`there is no ${path}`);
    if (method === "GET") return proxies.get(id).seen();
    if (method === "DELETE") return close(id);
    throw new Error(`there is no ${method} ${path}`);
  }

  const http = createServer(async (request, response) => {
    const chunks = await request.toArray();
    const reply = (status, json) => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(json));
    };
    await answer(request.method, request.url, Buffer.concat(chunks).toString()).then(
      (json) => reply(200, json),
      (error) => reply(400, { error: error.message }),
    );
  });
  await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${http.address().port}`,
    close() {
      for (const proxy of proxies.values()) proxy.close();
      http.closeAllConnections();
      http.close();
    },
  };
}
