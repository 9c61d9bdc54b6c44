// Passes connections of a socket in the file system on to a loopback port: run in the network of a container.
import { connect, createServer } from "node:net";

const [path, port] = process.argv.slice(2);
const server = createServer((outside) => {
  const inside = connect(Number(port), "127.0.0.1");
  for (const [from, to] of [
    [outside, inside],
    [inside, outside],
  ]) {
    from.pipe(to);
    from.on("error", () => to.destroy());
    from.on("close", () => to.destroy());
  }
});
server.listen(path, () => process.stdout.write("listening\n"));
