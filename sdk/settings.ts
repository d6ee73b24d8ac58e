/**
 * Settings of a plugin: a small Standard Schema (standardschema.dev) that also gives JSON Schema.
 *
 * For plugins that need no schema library. valibot, zod and arktype do as well, where they give
 * Standard JSON Schema.
 *
 * @module
 */
import type { StandardSchema } from "./plugin.ts";
import type { Json } from "./table.ts";

/** One setting. `Value` is what the plugin gets. */
export interface Setting<Value> {
  /** Taken where the setting is absent; without it the setting must be there. */
  readonly default: Value | undefined;
  readonly json: { readonly [key: string]: Json };
  /** What a value must be, such as "a list of texts"; undefined where `value` is that. */
  wrong(value: unknown): string | undefined;
}

interface Options<Value> {
  readonly doc?: string;
  readonly default?: Value;
}

/** Declares one setting, by type. */
export const setting = {
  /** A text. */
  text: (options: Options<string> = {}): Setting<string> =>
    make(
      options,
      { type: "string" },
      (value) => typeof value === "string" ? undefined : "must be a text",
    ),
  /** `true` or `false`. */
  flag: (options: Options<boolean> = {}): Setting<boolean> =>
    make(
      options,
      { type: "boolean" },
      (value) => typeof value === "boolean" ? undefined : "must be true or false",
    ),
  /** A number from `least` to `most`. */
  number: (
    { least = -Infinity, most = Infinity, ...options }:
      & Options<number>
      & { readonly least?: number; readonly most?: number } = {},
  ): Setting<number> => {
    const bounds = {
      ...(Number.isFinite(least) && { minimum: least }),
      ...(Number.isFinite(most) && { maximum: most }),
    };
    return make(
      options,
      { type: "number", ...bounds },
      (value) =>
        typeof value === "number" && value >= least && value <= most
          ? undefined
          : `must be a number${rangeText(least, most)}`,
    );
  },
  /** A list of texts, such as file globs. */
  list: (options: Options<readonly string[]> = {}): Setting<readonly string[]> =>
    make(
      options,
      { type: "array", items: { type: "string" } },
      (value) =>
        Array.isArray(value) && value.every((item) => typeof item === "string")
          ? undefined
          : "must be a list of texts",
    ),
  /** One of a few words. */
  choice: <const Word extends string>(
    words: readonly Word[],
    options: Options<NoInfer<Word>> = {},
  ): Setting<Word> =>
    make(
      options,
      { enum: [...words] },
      (value) =>
        words.some((word) => word === value) ? undefined : `must be one of ${words.join(", ")}`,
    ),
};

type Shape = Readonly<Record<string, Setting<unknown>>>;
type ValuesOf<S extends Shape> = {
  readonly [K in keyof S]: S[K] extends Setting<infer V> ? V : never;
};

/** A {@link StandardSchema} that gives JSON Schema too. */
export interface SettingsSchema<Output> extends StandardSchema<Output> {
  readonly "~standard": StandardSchema<Output>["~standard"] & {
    readonly jsonSchema: { input(): { readonly [key: string]: Json } };
  };
}

/** The schema of a plugin's config; a setting that is not declared is a mistake. */
export function settings<const S extends Shape>(shape: S): SettingsSchema<ValuesOf<S>> {
  return {
    "~standard": {
      version: 1,
      vendor: "custos",
      validate: (value) => {
        const issues = issuesOf(shape, value);
        if (issues.length > 0) return { issues };
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- issuesOf() has looked at each
        return { value: withDefaults(shape, value as object) as ValuesOf<S> };
      },
      jsonSchema: { input: () => jsonSchemaOf(shape) },
    },
  };
}

function issuesOf(shape: Shape, value: unknown) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return [{ message: "must be a map", path: [] }];
  }
  const unknown = Object.keys(value).filter((key) => !Object.hasOwn(shape, key))
    .map((key) => ({ message: "is no setting here: remove it", path: [key] }));
  const wrong = Object.entries(shape).flatMap(([key, one]) => {
    const given: unknown = Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
    if (given === undefined && one.default !== undefined) return [];
    const message = given === undefined ? "is missing" : one.wrong(given);
    return message === undefined ? [] : [{ message, path: [key] }];
  });
  return [...unknown, ...wrong];
}

function withDefaults(shape: Shape, value: object): object {
  return Object.fromEntries(
    Object.entries(shape).map(([key, one]) => [key, Reflect.get(value, key) ?? one.default]),
  );
}

function jsonSchemaOf(shape: Shape): { readonly [key: string]: Json } {
  const required = Object.entries(shape).filter(([, one]) => one.default === undefined)
    .map(([key]) => key);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    properties: Object.fromEntries(Object.entries(shape).map(([key, { json }]) => [key, json])),
    required,
    additionalProperties: false,
  };
}

function make<Value>(
  options: Options<Value>,
  json: { readonly [key: string]: Json },
  wrong: (value: unknown) => string | undefined,
): Setting<Value> {
  return {
    default: options.default,
    json: {
      ...json,
      ...(options.doc !== undefined && { description: options.doc }),
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- settings are JSON
      ...(options.default !== undefined && { default: options.default as Json }),
    },
    wrong,
  };
}

function rangeText(least: number, most: number): string {
  if (least === -Infinity && most === Infinity) return "";
  if (most === Infinity) return ` of ${least} or more`;
  return least === -Infinity ? ` up to ${most}` : ` from ${least} to ${most}`;
}
