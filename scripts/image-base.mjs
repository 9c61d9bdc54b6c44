// The image that a FROM names, as a tar file: Debian by debootstrap, with the Node, the npm and the user of the official
// images. No registry of images is asked, so that the tests of the Dockerfile run where there is no container engine.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { nodeBinary } from "./node-binary.mjs";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const CACHE = join(ROOT, ".cache/image");

/**
 * Where the tar file of an image is, or would be.
 *
 * @param {string} image  such as node:24.21.0-bookworm-slim
 * @returns {string}
 */
export function baseTarOf(image) {
  const { node, suite } = partsOf(image);
  return join(CACHE, `node-${node}-${suite}.tar`);
}

/**
 * The images of a Dockerfile, each once.
 *
 * @param {string} path  of the Dockerfile
 * @returns {string[]}
 */
export function baseImagesOf(path) {
  const images = [...readFileSync(path, "utf8").matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
  return [...new Set(images)];
}

/** Makes the tar file of an image, as root. Does nothing when it is there. Takes half a minute. @param {string} image */
export function makeBase(image) {
  const tar = baseTarOf(image);
  if (existsSync(tar)) return;
  const { node, suite } = partsOf(image);
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, "base-"));
  const root = join(folder, "root");
  try {
    run("debootstrap", "--variant=minbase", suite, root);
    copyFileSync(nodeBinary(node.split(".")[0]), join(root, "usr/local/bin/node"));
    if (versionOf(root) !== `v${node}`)
      throw new Error(`${image} has Node ${node}, and ${versionOf(root)} was fetched`);
    const { packageManager } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    run("npm", "install", "--global", "--no-audit", "--no-fund", "--prefix", join(root, "usr/local"), packageManager);
    run("chroot", root, "groupadd", "--gid", "1000", "node");
    run("chroot", root, "useradd", "--uid", "1000", "--gid", "node", "--shell", "/bin/bash", "--create-home", "node");
    run("tar", "--create", "--numeric-owner", "--file", join(folder, "base.tar"), "--directory", root, ".");
    renameSync(join(folder, "base.tar"), tar);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function versionOf(root) {
  return spawnSync(join(root, "usr/local/bin/node"), ["--version"], { encoding: "utf8" }).stdout.trim();
}

function partsOf(image) {
  const match = /^node:(\d+\.\d+\.\d+)-([a-z]+)-slim$/.exec(image);
  if (match === null) throw new Error(`FROM ${image} cannot be made here; allowed: node:X.Y.Z-SUITE-slim`);
  return { node: match[1], suite: match[2] };
}

function run(command, ...args) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 26 });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}:\n${stdout}${stderr}`);
}
