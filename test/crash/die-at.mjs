// Loaded before the server, by --import: kills the process, as a power cut would, while it writes the key file.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const { DIE_AT } = process.env;
const TEMPORARY = /[/\\]KEYS\.tmp$/;
const { open, rename } = fs.promises;

function die() {
  process.kill(process.pid, "SIGKILL");
  // The signal may take a moment; nothing more may happen until then.
  for (;;);
}

fs.promises.open = async (path, ...rest) => {
  const file = await open(path, ...rest);
  if (DIE_AT !== "write" || !TEMPORARY.test(String(path))) return file;
  file.writeFile = async (text) => {
    await file.write(text.slice(0, text.length / 2));
    die();
  };
  return file;
};

fs.promises.rename = async (from, to) => {
  if (!TEMPORARY.test(String(from))) return rename(from, to);
  if (DIE_AT === "before rename") die();
  await rename(from, to);
  if (DIE_AT === "after rename") die();
};

syncBuiltinESMExports();
