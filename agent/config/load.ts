/**
 * Reads the agent's config; each mistake is told with file, line, column and what would be right.
 *
 * @module
 */
import { dirname, isAbsolute, resolve } from "node:path";
import * as v from "valibot";
import {
  isKeyIssue,
  issuePath,
  issueText,
  mistakesText,
  pathText,
} from "../../sdk/config_issue.ts";
import { configuredPlugin, isLossy, type Plugin } from "../../sdk/plugin.ts";
import { checkPolicy, type Policy, PolicyError } from "../../sdk/scrub/policy.ts";
import { type Priority, schemaOf, type Table } from "../../sdk/table.ts";
import { parseYaml, type Place, type Yaml, YamlError } from "../../sdk/yaml.ts";
import { type Config, configSchema } from "./config.ts";
import { renamed } from "./former_keys.ts";
import { AddedError } from "../isolate/added.ts";
import { isFailure, type IsolatedPlugin } from "../isolate/isolated_plugin.ts";
import { ProcessNote } from "../isolate/process_note.ts";
import type { Isolated } from "../source.ts";

/** A source, with its plugin and the config that the plugin has checked. */
export interface SourceConfig {
  readonly name: string;
  readonly plugin: Plugin;
  readonly priority: Priority;
  readonly lossy: boolean;
  /** Its frames have trees over their rows. */
  readonly rowProofs?: boolean;
  readonly config: unknown;
  /** Where its plugin runs in a process of its own. */
  readonly isolated?: Isolated;
}

/** A plugin that is known by its name. */
export type KnownPlugin = Plugin | IsolatedPlugin;

export interface LoadedConfig {
  readonly config: Config;
  readonly sources: readonly SourceConfig[];
  readonly policy: Policy;
  /** What is read and will not be for ever, such as a setting under its former name. */
  readonly warnings: readonly Mistake[];
  /** Plugins that failed when they were to judge their config: their sources fail when they run. */
  readonly failing: readonly Mistake[];
}

/** Plugins by name; `get` throws an `AddedError` where one is not what was approved. */
type PluginsByName = Pick<ReadonlyMap<string, KnownPlugin>, "get" | "keys">;

/** The plugins of an agent, or what finds those that were added to its data folder. */
export type Plugins = PluginsByName | ((dataDir: string) => PluginsByName);

/** One mistake in a config; without a place where there is no text to point at. */
export interface Mistake extends Partial<Place> {
  /** Such as `sources.web.config.files[0]`. */
  readonly path: string;
  readonly what: string;
}

/** A config that cannot be used. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly code = "config";
  readonly file: string;
  readonly mistakes: readonly Mistake[];

  constructor(file: string, mistakes: readonly Mistake[], options?: ErrorOptions) {
    const lines = mistakes.map((mistake) => `Cannot read config ${placedText(file, mistake)}`);
    super(mistakesText(file, lines), options);
    this.file = file;
    this.mistakes = mistakes;
  }
}

/** `custos.yaml:3:17: batch.flush is 5, …`. */
export function placedText(file: string, { line, column, path, what }: Mistake): string {
  const place = line === undefined ? file : `${file}:${line}:${column}`;
  return `${place}: ${path === "" ? "" : `${path} `}${what}`;
}

/**
 * Checks the text of a config. File names in it are relative to the config's own folder.
 *
 * @throws {ConfigError} With all mistakes that could be found.
 */
export async function loadConfig(
  file: string,
  text: string,
  plugins: Plugins,
): Promise<LoadedConfig> {
  const yaml = parsed(file, text);
  const lists = listMistakes(yaml);
  if (lists.length > 0) throw new ConfigError(file, lists);
  const result = v.safeParse(configSchema, yaml.value ?? {});
  if (!result.success) {
    throw new ConfigError(file, result.issues.map((issue) => mistakeOf(yaml, issue)));
  }
  const config = withPaths(result.output, dirname(resolve(file)));
  const mistakes: Mistake[] = [];
  const warnings: Mistake[] = [];
  const failing: Mistake[] = [];
  const sources: SourceConfig[] = [];
  const known = typeof plugins === "function" ? plugins(config.agent.data_dir) : plugins;
  for (const [name, source] of Object.entries(config.sources)) {
    const plugin = findPlugin(yaml, { name, source, plugins: known });
    if ("what" in plugin) mistakes.push(plugin);
    else {
      const options = { name, source, plugin, yaml, mistakes, warnings, failing };
      sources.push(await checkSource(options));
    }
  }
  if (mistakes.length === 0) mistakes.push(...claimMistakes(sources, yaml));
  const { columns, machine_accounts: machineAccounts } = config.scrub;
  const policy: Policy = { columns, machineAccounts };
  if (mistakes.length === 0) mistakes.push(...policyMistakes(policy, sources, yaml));
  if (mistakes.length > 0) throw new ConfigError(file, mistakes);
  return { config, sources, policy, warnings, failing };
}

function parsed(file: string, text: string): Yaml {
  try {
    return parseYaml(text);
  } catch (cause) {
    if (!(cause instanceof YamlError)) throw cause;
    const what = `it is no YAML: ${cause.message}`;
    throw new ConfigError(file, [{ ...cause.place, path: "", what }], { cause });
  }
}

type SourceSection = Config["sources"][string];

interface SourceToCheck {
  readonly name: string;
  readonly source: SourceSection;
  readonly plugin: KnownPlugin;
  readonly yaml: Yaml;
  readonly mistakes: Mistake[];
  readonly warnings: Mistake[];
  readonly failing: Mistake[];
}

async function checkSource(options: SourceToCheck): Promise<SourceConfig> {
  const { name, yaml, mistakes, failing } = options;
  const isolated = "bind" in options.plugin
    ? { plugin: options.plugin, note: new ProcessNote() }
    : undefined;
  const plugin = "bind" in options.plugin ? options.plugin.plugin : options.plugin;
  const source = "bind" in options.plugin ? options.source : todays(options, plugin);
  const checked = await plugin.config["~standard"].validate(source.config);
  let config: unknown;
  if (checked.issues === undefined) config = checked.value;
  else {
    const runsAnyway = checked.issues.every(isFailure);
    for (const issue of checked.issues) {
      const rest = (issue.path ?? []).map((p) => (typeof p === "object" ? p.key : p));
      const path = ["sources", name, "config", ...rest];
      const mistake = { ...yaml.valueAt(path), path: pathText(path), what: told(issue) };
      (runsAnyway ? failing : mistakes).push(mistake);
    }
    if (!runsAnyway) return { name, plugin, priority: "normal", lossy: false, config: undefined };
    config = isolated?.plugin.unchecked(source.config);
  }
  const configured = configuredPlugin(plugin, config);
  return {
    name,
    plugin: configured,
    priority: source.priority ?? highest(Object.values(configured.tables)),
    lossy: isLossy(plugin, config),
    rowProofs: source.row_proofs,
    config,
    ...(isolated !== undefined && { isolated }),
  };
}

/** The source's section by today's names; a former one is a warning. */
function todays({ name, source, yaml, warnings }: SourceToCheck, plugin: Plugin): SourceSection {
  const { config, former } = renamed(plugin, source.config);
  if (former === undefined) return source;
  const path = ["sources", name, "config", former.key];
  const what = `is called "${former.now}" now: rename it`;
  warnings.push({ ...yaml.keyAt(path), path: pathText(path), what });
  return { ...source, config };
}

function highest(tables: readonly Table[]): Priority {
  const has = (priority: Priority): boolean => tables.some((t) => t.priority === priority);
  return has("audit") ? "audit" : has("normal") ? "normal" : "bulk";
}

/** What two sources read would be there twice, in two tables or in one. */
function claimMistakes(sources: readonly SourceConfig[], yaml: Yaml): Mistake[] {
  const owners = new Map<string, string>();
  const mistakes: Mistake[] = [];
  for (const { name, plugin, config } of sources) {
    for (const claim of new Set(plugin.claims?.(config))) {
      const owner = owners.get(claim);
      if (owner === undefined) owners.set(claim, name);
      else {
        const path = ["sources", name];
        const what = `reads ${claim}, which "${owner}" reads as well: one of them must not`;
        mistakes.push({ ...yaml.keyAt(path), path: pathText(path), what });
      }
    }
  }
  return mistakes;
}

function policyMistakes(policy: Policy, sources: readonly SourceConfig[], yaml: Yaml): Mistake[] {
  const schemas = sources.flatMap(({ plugin }) =>
    Object.entries(plugin.tables).map(([name, table]) => schemaOf(name, table))
  );
  return Object.entries(policy.columns).flatMap(([column, treatment]) => {
    try {
      checkPolicy({ columns: { [column]: treatment } }, schemas);
      return [];
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      const path = ["scrub", "columns", column];
      return [{ ...yaml.keyAt(path), path: pathText(path), what: reasonOf(error.message) }];
    }
  });
}

function reasonOf(message: string): string {
  return `is refused: ${message.slice(message.indexOf(": ") + 2)}`;
}

function findPlugin(
  yaml: Yaml,
  { name, source, plugins }: {
    readonly name: string;
    readonly source: SourceSection;
    readonly plugins: PluginsByName;
  },
): KnownPlugin | Mistake {
  const path = source.plugin === undefined ? ["sources", name] : ["sources", name, "plugin"];
  const place = source.plugin === undefined ? yaml.keyAt(path) : yaml.valueAt(path);
  const wanted = source.plugin ?? name;
  try {
    const plugin = plugins.get(wanted);
    if (plugin !== undefined) return plugin;
  } catch (error) {
    if (!(error instanceof AddedError)) throw error;
    const what = `is refused (${error.code}): ${error.message}`;
    return { ...place, path: pathText(path), what };
  }
  const known = [...plugins.keys()].toSorted().join(", ");
  const what = `names no plugin "${wanted}", must be one of ${known}`;
  return { ...place, path: pathText(path), what };
}

/** The config and its sections are maps; valibot takes a list for one with numbers as keys. */
function listMistakes(yaml: Yaml): readonly Mistake[] {
  const what = "is a list, must be a map";
  if (Array.isArray(yaml.value)) return [{ ...yaml.valueAt([]), path: "", what: `it ${what}` }];
  return Object.entries(yaml.value ?? {}).filter(([, section]) => Array.isArray(section))
    .map(([name]) => ({ ...yaml.valueAt([name]), path: name, what }));
}

function mistakeOf(yaml: Yaml, issue: v.BaseIssue<unknown>): Mistake {
  const path = issuePath(issue);
  const place = isKeyIssue(issue) ? yaml.keyAt(path) : yaml.valueAt(path);
  const what = issueText(issue);
  return { ...place, path: pathText(path), what: path.length === 0 ? `it ${what}` : what };
}

/** A plugin's schema is of any library; what valibot finds is told in our words. */
export function told(issue: { readonly message: string }): string {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an issue of valibot by its marks
  if ("received" in issue && "expected" in issue) return issueText(issue as v.BaseIssue<unknown>);
  const { message } = issue;
  return /^(must|is) /.test(message) ? message : `is refused: ${message}`;
}

/** File names become absolute. */
function withPaths(config: Config, folder: string): Config {
  const at = (path: string): string => (isAbsolute(path) ? path : resolve(folder, path));
  return {
    ...config,
    agent: { ...config.agent, data_dir: at(config.agent.data_dir) },
    scrub: {
      ...config.scrub,
      ...(config.scrub.key_file !== undefined && { key_file: at(config.scrub.key_file) }),
    },
  };
}
