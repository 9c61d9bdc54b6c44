import type { DescMethod, Message } from "@bufbuild/protobuf";
import { boundNamespace, type Decision } from "../auth/permit.js";
import { auditKind } from "../auth/rules.js";
import type { Call } from "../call.js";
import type { AuditFile } from "./audit-file.js";
import { createLineLimit } from "./line-limit.js";
import type { Log } from "./logger.js";
import type { CallEnd } from "./report.js";

/** What an audit log needs. */
export interface AuditOptions {
  /** Undefined until the directory is this process's; nothing can be done before. */
  readonly file: () => AuditFile | undefined;
  /** Whether calls of data are written down too. */
  readonly hasDataActions: boolean;
  /** The namespace of a request that names none. */
  readonly namespaceDefault: string;
  /** The engine's rule: what is no name is not written down, since a caller may write anything there. */
  readonly isName: (text: string) => boolean;
  /** Told when a line could not be written. */
  readonly log: Log;
}

/** Who did what, where and when. It holds no key, record, filter or message of an error. */
export interface Audit {
  /**
   * Before an admin's action begins: what a crash interrupts is written down as well. The action waits until the promise is
   * settled, which never rejects; there is none for other calls.
   */
  begin(call: Call, method: DescMethod, message: Message | undefined): Promise<void> | undefined;
  /** When a call is over, whichever way. */
  end(call: Call, ended: CallEnd): void;
}

/** Lines of refusals a second: a key that may do little must not push out what others did. */
const REFUSED_LINES_MAX = 10;
const REFUSED_WINDOW_MS = 1_000;

/** Makes the audit log of a server. */
export function createAudit(options: AuditOptions): Audit {
  const subjects = new WeakMap<Call, object>();
  const fail = (error: unknown) => options.log.error({ error: String(error) }, "audit_failed");
  const write = (entry: object) => {
    try {
      options.file()?.append(JSON.stringify({ time: new Date().toISOString(), ...entry }));
    } catch (error) {
      fail(error);
    }
  };
  const sync = async () => {
    try {
      await options.file()?.sync();
    } catch (error) {
      fail(error);
    }
  };
  const mayWriteRefused = createLineLimit({
    linesMax: REFUSED_LINES_MAX,
    windowMs: REFUSED_WINDOW_MS,
    onSuppressed: (suppressed) => write({ action: "refusals_suppressed", suppressed }),
  });
  return {
    begin(call, method, message) {
      if (auditKind(method) !== "admin") return undefined;
      const subject = subjectOf(call, method, message, options);
      subjects.set(call, subject);
      write({ ...whoOf(call), action: actionOf(method), phase: "begun", ...subject });
      return sync();
    },
    end(call, ended) {
      const { method } = call;
      const kind = method && auditKind(method);
      if (method === undefined || kind === undefined || !isKnown(call.decision)) return;
      // A client that is too fast is counted, and changes nothing: it must not fill the log.
      if (!call.decision.isAllowed && call.decision.reason === "RATE_LIMITED") return;
      const isRefused = !call.decision.isAllowed || ended.error?.reason === "PERMISSION_DENIED";
      const isWanted = kind === "admin" || options.hasDataActions || isRefused;
      if (!isWanted || (isRefused && !mayWriteRefused())) return;
      const { namespace, target, finalUsage: usage } = call.facts;
      const own = { ...(target && { target }), ...(usage && { usage }) };
      const subject = { ...(namespace && { namespace }), ...subjects.get(call), ...own };
      const outcome = ended.error?.reason ?? "ok";
      write({ ...whoOf(call), action: actionOf(method), phase: "done", ...subject, outcome });
      if (kind === "admin" && !isRefused) void sync();
    },
  };
}

/** The line of what no request did: `server` by itself, or a `command` while it did not run. */
export function lineOfKeyMade(userId: "server" | "command", target: string): string {
  const time = new Date().toISOString();
  return JSON.stringify({
    time,
    user_id: userId,
    action: "ApiKeyService.CreateApiKey",
    phase: "done",
    target,
    outcome: "ok",
  });
}

/** False for who came without a key, or with one that nobody knows: metrics count them, and they must not fill a disk. */
function isKnown(decision: Decision): boolean {
  return decision.isAllowed || decision.userId !== undefined;
}

function whoOf({ decision, address, certificate, requestId, door }: Call): object {
  const { userId } = decision;
  const from = { ...(address !== undefined && { address }), ...(certificate !== undefined && { certificate }) };
  return { user_id: userId, ...from, door, request_id: requestId };
}

const actionOf = (method: DescMethod): string => `${method.parent.name}.${method.name}`;

/**
 * The namespace and the snapshot or key that a request is about, and the namespace that a snapshot becomes, as far as it says.
 * Nothing of a stream, whose message is not read yet: its handler tells.
 */
function subjectOf(call: Call, method: DescMethod, message: Message | undefined, options: AuditOptions): object {
  if (message === undefined) return {};
  const shown = (text: string) => (options.isName(text) ? text : "(no name)");
  const fields = message as { name?: unknown; namespace?: unknown; id?: unknown; targetNamespace?: unknown };
  const textOf = (field: keyof typeof fields) => (typeof fields[field] === "string" ? (fields[field] as string) : "");
  const service = method.parent.name;
  if (service === "ApiKeyService") return textOf("id") === "" ? {} : { target: shown(textOf("id")) };
  if (service === "NamespaceService") return textOf("name") === "" ? {} : { namespace: shown(textOf("name")) };
  const named = textOf("namespace") || call.namespaceHeader || boundNamespace(call.decision);
  const namespace = shown(named || options.namespaceDefault);
  const target = textOf("name") === "" ? {} : { target: shown(textOf("name")) };
  const into = textOf("targetNamespace") === "" ? {} : { into: shown(textOf("targetNamespace")) };
  return { namespace, ...target, ...into };
}
