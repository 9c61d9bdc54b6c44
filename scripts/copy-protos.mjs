// Puts the public schema into the build of a package before it is packed: the image of the server is built without it.
import { cpSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const SCHEMA = fileURLToPath(new URL("../proto/vecstore/v1", import.meta.url));
const OUT = "dist/proto/vecstore/v1";

rmSync(OUT, { recursive: true, force: true });
cpSync(SCHEMA, OUT, { recursive: true });
