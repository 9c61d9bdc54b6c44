import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

/** The repository's root, with a trailing separator. */
export const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));

/** A file's text, by its path from the root. @throws Error when it is missing */
export const textOf = (path: string): string => readFileSync(`${REPOSITORY}${path}`, "utf8");

/** Whether a file or folder of the repository exists, by its path from the root. */
export const isThere = (path: string): boolean => existsSync(`${REPOSITORY}${path}`);

/** What `docker-compose.yml` says, as far as the tests look. */
export interface Compose {
  readonly name: string;
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly configs: Readonly<Record<string, { readonly content: string }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

/** One service of it. */
export interface ComposeService {
  readonly image: string;
  readonly build?: string;
  readonly user?: string;
  readonly cap_drop?: readonly string[];
  readonly command?: readonly string[];
  readonly ports?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly configs?: readonly { readonly source: string; readonly target: string }[];
  readonly depends_on?: readonly string[];
}

/** A data source of Grafana. */
export interface DataSource {
  readonly name: string;
  readonly uid: string;
  readonly type: string;
  readonly url: string;
  readonly jsonData: {
    readonly timeInterval?: string;
    readonly derivedFields?: readonly { readonly matcherRegex: string; readonly datasourceUid: string }[];
    readonly tracesToLogsV2?: { readonly datasourceUid: string; readonly query: string };
  };
}

/** One alert of `prometheus/alerts.yml`. */
export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook: string };
}

/** The compose file, with `${NAME:-default}` as written. */
export const readCompose = (): Compose => parse(textOf("docker-compose.yml")) as Compose;

/** The data sources that Grafana is provisioned with. */
export const readDataSources = (): readonly DataSource[] =>
  (parse(textOf("deploy/grafana/datasources.yml")) as { datasources: DataSource[] }).datasources;

/** Every alert. */
export const readAlerts = (): readonly Alert[] =>
  (parse(textOf("prometheus/alerts.yml")) as { groups: { rules: Alert[] }[] }).groups.flatMap(({ rules }) => rules);

/** A value of the compose file as it is where no variable is set: `${NAME:-default}` is the default. */
export const withDefaults = (value: string): string => value.replaceAll(/\$\{\w+:-([^}]*)\}/g, "$1");
