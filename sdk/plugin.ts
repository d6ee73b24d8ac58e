/**
 * Source plugins: what reads one kind of log and says where to go on.
 *
 * `yield cursor` means: all that was emitted so far may be forgotten once the cursor is durable.
 * The agent asks for the next value only while its spool has room: that is the back-pressure.
 *
 * @module
 */
import type { TableWriter } from "./columns/writer.ts";
import type { Io } from "./read/io.ts";
import type { Json, RowOf, Table } from "./table.ts";

export type Tables = Readonly<Record<string, Table>>;

/**
 * A function whose argument is compared both ways, as a method's is: so that a plugin of any config
 * is a {@link Plugin}.
 */
type Lenient<Argument, Result> = { call(argument: Argument): Result }["call"];

/** The same type; in an error it is shown by its columns. */
type Listed<Row> = Row extends infer R ? { [K in keyof R]: R[K] } : never;

/** One function a table: `emit.Syslog({…})` adds one event. */
export type Emit<T extends Tables> = {
  readonly [K in keyof T]: Lenient<Listed<RowOf<T[K]["columns"]>>, void>;
};

/** One typed column writer a table, for plugins that cannot afford an object an event. */
export type Writers<T extends Tables> = {
  readonly [K in keyof T]: TableWriter<T[K]["columns"]>;
};

/** A loss the source itself knows of. It becomes a signed record, never silence. */
export interface Gap {
  readonly reason:
    | "log-cleared"
    | "rotated-away"
    | "ring-overflow"
    | "truncated"
    | "access-denied"
    | "clock-jump"
    | "other";
  /** Events lost; absent where it cannot be known. */
  readonly count?: number;
  readonly from?: string;
  readonly to?: string;
  /** Never a personal value. */
  readonly detail?: string;
}

/** Input that is no event of the plugin's tables: kept in `_Raw` with `why` in `_ParseError`. */
export interface Rejected {
  readonly bytes: Uint8Array;
  /** A short constant phrase, such as "priority over 191": it is counted by value. */
  readonly why: string;
  /** Default: the plugin's first table. */
  readonly table?: string;
  /**
   * A string column that keeps `bytes` in place of `_Raw`: as text where they are UTF-8, else as
   * hexadecimal digits. One of class `personal` is for input that holds names and numbers which no
   * detector would find in it.
   */
  readonly into?: string;
}

/** What a plugin is given when it runs. */
export interface Context<Config, T extends Tables> {
  readonly config: Config;
  readonly emit: Emit<T>;
  readonly write: Writers<T>;
  readonly io: Io;
  readonly signal: AbortSignal;
  /** Wall clock in ms since the epoch; sleeps wake early on abort. */
  readonly clock: { now(): number; sleep(ms: number): Promise<void> };
  readonly log: Readonly<Record<"debug" | "info" | "warn" | "error", Log>>;
  readonly reject: (rejected: Rejected) => void;
  readonly gap: (gap: Gap) => void;
  /**
   * Counts an event that was read and is no row, by the policy that leaves it out, such as
   * `owned_channels`: letters, digits and `_`. False where files are read ad hoc: who asks for them
   * sees also what a source would leave to another one.
   */
  readonly filter: (policy: string) => boolean;
}

type Log = (message: string, facts?: Readonly<Record<string, Json>>) => void;

/** The part of Standard Schema v1 (standardschema.dev) that a plugin's config needs. */
export interface StandardSchema<Output> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Validation<Output> | Promise<Validation<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

type Validation<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly Issue[] };

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What a plugin may touch; the operator grants it, the sandbox enforces it. */
export interface Needs {
  /** Globs of files it reads. */
  readonly read?: readonly string[];
  /** Such as `udp:514`. */
  readonly listen?: readonly string[];
  readonly platforms?: readonly ("linux" | "windows" | "darwin")[];
}

interface Common<Config, T extends Tables> {
  /** The same word as its folder and its key in the config. */
  readonly name: string;
  readonly version: string;
  readonly summary: string;
  readonly config: StandardSchema<Config>;
  /** The key of the config that takes file globs, for `custos read`; absent: it reads no files. */
  readonly filesKey?: string;
  readonly needs: Needs | Lenient<NoInfer<Config>, Needs>;
  readonly tables: T;
  /** What one source alone may read, such as a channel of Windows: two with the same are refused. */
  readonly claims?: Lenient<NoInfer<Config>, readonly string[]>;
  /** Tables that the operator declares, in place of `tables`: for plugins that read any log. */
  readonly configuredTables?: Lenient<Config, Tables>;
}

/** The cursors after a first one of type `C`: where that is `0`, any number. Only `start` tells. */
type Wide<C extends Json> = NoInfer<
  C extends number ? number : C extends string ? string : C extends boolean ? boolean : C
>;

interface Replayable<Config, T extends Tables, C extends Json> {
  /** Where to begin when there is no cursor. */
  start(context: Context<Config, T>): C | Promise<C>;
}

/** Follows something that grows; runs until `signal` aborts. */
export interface StreamPlugin<Config, T extends Tables, C extends Json>
  extends Common<Config, T>, Replayable<Config, T, C> {
  readonly kind: "stream";
  /** True where what it reads cannot be asked again (sockets): it is then shed, not paused. */
  readonly lossy?: boolean | Lenient<Config, boolean>;
  stream(context: Context<Config, T>, cursor: Wide<C>): AsyncIterable<Wide<C>>;
}

/** Asked again and again, never overlapping itself. */
export interface PullPlugin<Config, T extends Tables, C extends Json>
  extends Common<Config, T>, Replayable<Config, T, C> {
  readonly kind: "pull";
  /** Milliseconds from one start to the next. */
  everyMs(config: Config): number;
  pull(context: Context<Config, T>, cursor: Wide<C>): AsyncIterable<Wide<C>>;
}

/** Hears what cannot be asked again; what is shed is counted and signed. */
export interface ListenPlugin<Config, T extends Tables> extends Common<Config, T> {
  readonly kind: "listen";
  readonly lossy: true;
  listen(context: Context<Config, T>): Promise<void>;
}

/** Any plugin, once its types have done their work: config and cursor are its own. */
export type Plugin =
  | StreamPlugin<unknown, Tables, Json>
  | PullPlugin<unknown, Tables, Json>
  | ListenPlugin<unknown, Tables>;

/** Whether what a source of `plugin` reads cannot be asked again. */
export function isLossy(plugin: Plugin, config: unknown): boolean {
  if (plugin.kind !== "stream") return plugin.kind === "listen";
  return typeof plugin.lossy === "function" ? plugin.lossy(config) : plugin.lossy === true;
}

/** What a source of `plugin` may touch. */
export function needsOf({ needs }: Plugin, config: unknown): Needs {
  return typeof needs === "function" ? needs(config) : needs;
}

/** Declares a plugin; the result is the module's default export. */
export const definePlugin = {
  stream: <Config, const T extends Tables, C extends Json>(
    plugin: Omit<StreamPlugin<Config, T, C>, "kind">,
  ): StreamPlugin<Config, T, C> => Object.freeze({ kind: "stream", ...plugin }),
  pull: <Config, const T extends Tables, C extends Json>(
    plugin: Omit<PullPlugin<Config, T, C>, "kind">,
  ): PullPlugin<Config, T, C> => Object.freeze({ kind: "pull", ...plugin }),
  listen: <Config, const T extends Tables>(
    plugin: Omit<ListenPlugin<Config, T>, "kind">,
  ): ListenPlugin<Config, T> => Object.freeze({ kind: "listen", ...plugin }),
};

/** `plugin` with the tables that it has under a config, which its schema has checked. */
export function configuredPlugin(plugin: Plugin, config: unknown): Plugin {
  const { configuredTables } = plugin;
  return configuredTables === undefined ? plugin : { ...plugin, tables: configuredTables(config) };
}
