import { bindModule, type CoreExports } from "./bind.js";
import { WASM_BASE64 as SHARED } from "./generated/core-shared.js";
import { WASM_BASE64 as UNSHARED } from "./generated/core-unshared.js";
import { PAGE_BYTES } from "./graph-layout.js";

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** Released memories kept for the next graph of the same size. */
const MEMORIES_KEPT = 4;

/** One compiled build of the core, instantiated once per memory. */
export class CoreModule {
  private readonly kept: WebAssembly.Memory[] = [];

  private constructor(
    readonly wasm: WebAssembly.Module,
    /** Whether its memories are shared between threads. */
    readonly shared: boolean,
  ) {}

  static async compile(shared: boolean): Promise<CoreModule> {
    return new CoreModule(await WebAssembly.compile(decodeBase64(shared ? SHARED : UNSHARED)), shared);
  }

  /**
   * A memory of fixed size: it never grows, so views of it stay valid. Untouched pages cost nothing.
   *
   * @returns  zeros when `isFresh`, anything when it was released before
   */
  createMemory(bytes: number): { readonly memory: WebAssembly.Memory; readonly isFresh: boolean } {
    const pages = Math.ceil(bytes / PAGE_BYTES);
    const index = this.kept.findIndex((memory) => memory.buffer.byteLength === pages * PAGE_BYTES);
    const [kept] = index < 0 ? [] : this.kept.splice(index, 1);
    if (kept) return { memory: kept, isFresh: false };
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: this.shared });
    return { memory, isFresh: true };
  }

  /**
   * Takes back a memory that nobody uses any more. It is kept for reuse: what the worker threads have seen of it
   * would be collected late, since they make next to no garbage.
   */
  releaseMemory(memory: WebAssembly.Memory): void {
    if (this.kept.length < MEMORIES_KEPT) this.kept.push(memory);
  }

  bind(memory: WebAssembly.Memory): CoreExports {
    return bindModule(this.wasm, memory);
  }
}
