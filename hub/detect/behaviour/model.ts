/**
 * A trained model of one behaviour rule, as text that is hashed, signed and kept in the ledger.
 *
 * @module
 */
import { createHash } from "node:crypto";
import * as v from "valibot";
import type { Sign, Verify } from "../../../sdk/proof/sign.ts";
import { sha256 } from "../../../sdk/runtime/hash.ts";
import type { Reference } from "../learn/drift.ts";
import type { Forest } from "../learn/forest.ts";
import type { BehaviourRule } from "../rule.ts";
import type { OwnPast } from "./own_past.ts";

/** Why a model cannot be used. */
export class ModelError extends Error {
  override readonly name = "ModelError";
  readonly permanent = true;
  /** `shape`: of another definition of the rule; `hash` and `signature`: it was changed. */
  readonly code: "format" | "hash" | "signature" | "shape" | "missing" | "few";

  constructor(code: ModelError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

const Whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Finite = v.pipe(v.number(), v.finite());
const Finites = v.array(Finite);

const ReferenceSchema = v.pipe(
  v.object({ edges: Finites, counts: v.array(Whole) }),
  v.check(({ edges, counts }) => counts.length === edges.length + 1),
);

const TreeSchema = v.pipe(
  v.object({
    dimension: v.array(v.pipe(v.number(), v.safeInteger())),
    at: Finites,
    right: v.array(Whole),
  }),
  // Children stand behind their node: every walk ends.
  v.check(({ dimension, at, right }) =>
    at.length === dimension.length && right.length === dimension.length && dimension.length > 0 &&
    dimension.every((of, i) => of === -1 || (of >= 0 && right[i]! > i + 1 && right[i]! < at.length))
  ),
);

const OwnPastSchema = v.object({
  windows: Whole,
  features: v.array(v.tuple([Finite, Finite, Finite])),
});

/** What was trained; plain JSON. */
export interface Model {
  readonly format: 1;
  /** Id of its rule. */
  readonly rule: string;
  /** Of the rule as it measures, 64 hexadecimal digits: see {@link shapeOf}. */
  readonly shape: string;
  /** Of its rule, from 1 on. */
  readonly number: number;
  /** Whoever trains the same events with the same seed has the same forest. */
  readonly seed: number;
  readonly trained: {
    readonly at: string;
    readonly from: string;
    readonly to: string;
    readonly windows: number;
    readonly entities: number;
    /** Windows that were left out of the forest because they were too far from all others. */
    readonly left: number;
  };
  /** By dimension what is usual, and its spread. */
  readonly center: readonly number[];
  readonly spread: readonly number[];
  readonly forest: Forest;
  /** A score from here on is a finding. */
  readonly threshold: number;
  /** What the threshold would be without verdicts; scores between both are counted and told. */
  readonly trainedThreshold: number;
  /** Why the thresholds are what they are. */
  readonly rationale: readonly string[];
  /** Of the score, and of each feature on its scale. */
  readonly reference: { readonly score: Reference; readonly points: readonly Reference[] };
  /** What was usual for the busiest entities. */
  readonly pasts: readonly (readonly [string, OwnPast])[];
}

const Schema: v.GenericSchema<unknown, Model> = v.object({
  format: v.literal(1),
  rule: v.string(),
  shape: v.string(),
  number: v.pipe(Whole, v.minValue(1)),
  seed: Whole,
  trained: v.object({
    at: v.string(),
    from: v.string(),
    to: v.string(),
    windows: Whole,
    entities: Whole,
    left: Whole,
  }),
  center: Finites,
  spread: Finites,
  forest: v.object({ sample: Whole, trees: v.pipe(v.array(TreeSchema), v.minLength(1)) }),
  threshold: Finite,
  trainedThreshold: Finite,
  rationale: v.array(v.string()),
  reference: v.object({ score: ReferenceSchema, points: v.array(ReferenceSchema) }),
  pasts: v.array(v.tuple([v.string(), OwnPastSchema])),
});

/** A model and what proves that nobody has changed it. */
export interface SignedModel {
  /** The model as JSON. */
  readonly text: string;
  /** SHA-256 of the text, 64 hexadecimal digits. */
  readonly hash: string;
  /** Ed25519 by the key of the hub's checkpoints, base64. */
  readonly signature: string;
}

/** What of `rule` a model depends on; a title may change, what is measured may not. */
export function shapeOf(rule: BehaviourRule): string {
  const { table, where, entity, everyMs, features, hours } = rule;
  const text = JSON.stringify({ table, where, entity, everyMs, features, hours });
  return Buffer.from(sha256("custos/model/shape/v1", Buffer.from(text))).toString("hex");
}

export function modelHash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** What is signed. No checkpoint, which the same key signs, begins like this. */
function signedBytes(hash: string): Uint8Array {
  return Buffer.from(`custos/model/v1\n${hash}\n`);
}

/** `model` as text, with the hub's signature. */
export function signModel(model: Model, sign: Sign): SignedModel {
  const text = JSON.stringify(model);
  const hash = modelHash(text);
  return { text, hash, signature: Buffer.from(sign(signedBytes(hash))).toString("base64") };
}

/**
 * Reads a model that this hub has signed.
 *
 * @throws {ModelError} `signature`, and as {@link readModel}.
 */
export function readSigned(signed: SignedModel, verify: Verify): Model {
  const model = readModel(signed);
  if (verify(signedBytes(signed.hash), Buffer.from(signed.signature, "base64"))) return model;
  throw new ModelError(
    "signature",
    `Cannot use model ${
      signed.hash.slice(0, 12)
    }: it is not signed by this hub's key, train it here`,
  );
}

/**
 * Reads a model.
 *
 * @throws {ModelError} `format`, `hash`.
 */
export function readModel({ text, hash }: Pick<SignedModel, "text" | "hash">): Model {
  if (modelHash(text) !== hash) {
    throw new ModelError("hash", `Cannot read model ${hash.slice(0, 12)}: it was changed since`);
  }
  const result = v.safeParse(Schema, parsed(text));
  const fits = result.success && isWhole(result.output);
  if (fits) return result.output;
  throw new ModelError(
    "format",
    `Cannot read model ${hash.slice(0, 12)}: it is none of this release, train it again`,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Every part is there for every dimension. */
function isWhole({ center, spread, forest, reference, pasts }: Model): boolean {
  const dimensions = center.length;
  return dimensions > 0 && dimensions % 2 === 0 && spread.length === dimensions &&
    spread.every((one) => one > 0) && 2 * reference.points.length === dimensions &&
    forest.trees.every((tree) => tree.dimension.every((of) => of < dimensions)) &&
    pasts.every(([, { features }]) => features.length === dimensions / 2);
}

/** @throws {ModelError} `shape`, if `model` was made for another rule, table or measure. */
export function checkFits(model: Model, rule: BehaviourRule): void {
  const fits = model.rule === rule.id && model.shape === shapeOf(rule) &&
    model.center.length === 2 * rule.features.length;
  if (fits) return;
  throw new ModelError(
    "shape",
    `Cannot use model ${model.number} of rule ${model.rule}: ${
      model.rule === rule.id
        ? `the rule measures something else since, train it again`
        : `it is not of rule ${rule.id}`
    }`,
  );
}
