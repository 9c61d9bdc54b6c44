import type { Metadata } from "../../model/metadata.js";

/** Where the metadata of a slot is read when columns do not tell: a segment. */
export interface MetadataSource {
  metadataOf(slot: number): Metadata | undefined;
}
