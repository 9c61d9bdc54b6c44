import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";

/** Where the PEM files are. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  /** Authorities of client certificates. */
  readonly clientCa?: string | undefined;
}

/** Certificate, key and, for mutual TLS, authorities, all PEM. */
export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly clientCa?: Buffer;
}

/** TLS files that were read, and what they say. */
export interface LoadedTls {
  readonly material: TlsMaterial;
  /** The subject of the certificate, its parts joined by commas. */
  readonly subject: string;
  /** Milliseconds since 1970 between which every certificate of the chain holds. */
  readonly validFromMs: number;
  readonly validToMs: number;
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/**
 * Reads the files and checks that a server can use them: a pair that does not fit together would fail every handshake.
 *
 * @throws Error with the file and what is wrong with it
 */
export function loadTlsFiles(files: TlsFiles): LoadedTls {
  const cert = read("tls.cert", files.cert);
  const key = read("tls.key", files.key);
  const clientCa = files.clientCa === undefined ? undefined : read("tls.client_ca", files.clientCa);
  const chain = certificatesOf("tls.cert", files.cert, cert);
  // Node skips what it cannot read among authorities, and would then refuse every client.
  if (clientCa !== undefined) certificatesOf("tls.client_ca", files.clientCa as string, clientCa);
  try {
    createSecureContext({ cert, key, ca: clientCa });
  } catch (error) {
    const problem = (error as Error).message;
    throw new Error(`tls.cert ${files.cert} and tls.key ${files.key} do not make a pair: ${problem}`);
  }
  return {
    material: { cert, key, ...(clientCa && { clientCa }) },
    subject: (chain[0] as X509Certificate).subject.replaceAll("\n", ", "),
    validFromMs: Math.max(...chain.map(({ validFrom }) => Date.parse(validFrom))),
    validToMs: Math.min(...chain.map(({ validTo }) => Date.parse(validTo))),
  };
}

function read(setting: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Error(`${setting} ${path} cannot be read: ${(error as Error).message}`);
  }
}

/** At least one. */
function certificatesOf(setting: string, path: string, pem: Buffer): X509Certificate[] {
  const blocks = pem.toString("latin1").match(PEM_CERTIFICATE) ?? [];
  if (blocks.length === 0) throw new Error(`${setting} ${path} holds no certificate in PEM`);
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch (error) {
    throw new Error(`${setting} ${path} holds a certificate that cannot be read: ${(error as Error).message}`);
  }
}
