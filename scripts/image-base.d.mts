/** Where the tar file of an image such as `node:24.21.0-bookworm-slim` is, or would be. */
export function baseTarOf(image: string): string;
/** The images of a Dockerfile, each once. */
export function baseImagesOf(path: string): string[];
