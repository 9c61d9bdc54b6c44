import { connect, createServer, type Server } from "node:net";

/** Held until closed or until the process dies, however it dies: that is why a socket is a lock. */
export interface HeldSocket {
  close(): Promise<void>;
}

/** Errors of a system or file system that has no such sockets, or forbids them. */
const UNSUPPORTED = new Set(["EACCES", "EPERM", "EOPNOTSUPP", "ENOTSUP", "EINVAL", "EAFNOSUPPORT", "EROFS", "ENOSYS"]);

/**
 * Listens on a unix socket; a name that begins with `\0` is an abstract one.
 *
 * @returns  "taken" when somebody listens there (or left its file), "unsupported" when it cannot be had here
 */
export async function holdSocket(name: string): Promise<HeldSocket | "taken" | "unsupported"> {
  const server = createServer((socket) => socket.destroy());
  try {
    await listening(server, name);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (code === "EADDRINUSE") return "taken";
    if (UNSUPPORTED.has(code)) return "unsupported";
    throw error;
  }
  // A lock must not keep the process alive.
  server.unref();
  return { close: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** Whether anybody listens on the socket of this path, as the kernel says. */
export async function probeSocket(path: string): Promise<"alive" | "refused" | "absent" | "unknown"> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve("alive");
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(PROBE_ERRORS[error.code ?? ""] ?? "unknown"));
  });
}

/** EAGAIN: its queue is full, so it is there. */
const PROBE_ERRORS: Readonly<Record<string, "alive" | "refused" | "absent">> = {
  ECONNREFUSED: "refused",
  ENOENT: "absent",
  EAGAIN: "alive",
};

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    // exclusive: a worker of node:cluster would else share the socket of its siblings.
    server.listen({ path, exclusive: true }, () => {
      server.off("error", reject);
      server.on("error", () => {});
      resolve();
    });
  });
}
