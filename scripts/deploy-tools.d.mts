/** Versions of Kubernetes whose schemas are fetched, the oldest first. */
export const KUBERNETES_VERSIONS: readonly string[];
/** Paths of programs; they are there once `node scripts/deploy-tools.mjs` ran. */
export const HELM: string;
export const KUBECONFORM: string;
export const H2SPEC: string;
export const HADOLINT: string;
/** Folder of the schemas: below it one folder a version, `v1.30.0-local-strict`. */
export const SCHEMAS: string;
