/**
 * Places in dynamic values: `$.a.b[0]['c d']`.
 *
 * @module
 */
import { isArray, isBag, type Json } from "./json.ts";

/** Steps of a path: the key of a bag, the index of an array. */
export type Steps = readonly (string | number)[];

export function isPath(text: string): boolean {
  return text.startsWith("$.") || text.startsWith("$[");
}

/** What `text`, a path, goes through; nothing after what is no step. */
export function stepsOf(text: string): Steps {
  const step = /\.([^.[\]]+)|\[(-?\d+)\]|\[(['"])(.*?)\3\]/gy;
  step.lastIndex = 1;
  return [...text.matchAll(step)].map(([, name, index, , key]) =>
    name ?? (index === undefined ? key ?? "" : Number(index))
  );
}

export function readPath(value: Json, steps: Steps): Json | undefined {
  return steps.reduce<Json | undefined>((at, step) => {
    if (at === undefined) return undefined;
    if (isBag(at)) return at.get(String(step));
    return isArray(at) && typeof step === "number" ? at.at(step) : undefined;
  }, value);
}

export function removePath(value: Json, steps: Steps): Json {
  return changed(value, steps, undefined);
}

export function setPath(value: Json, steps: Steps, to: Json): Json {
  return changed(value, steps, to);
}

function changed(value: Json, [step, ...rest]: Steps, to: Json | undefined): Json {
  if (step === undefined) return value;
  if (isArray(value) && typeof step === "number") {
    const at = step < 0 ? step + value.length : step;
    if (value[at] === undefined) return value;
    if (rest.length > 0) return value.with(at, changed(value[at], rest, to));
    return to === undefined ? value.toSpliced(at, 1) : value.with(at, to);
  }
  if (!isBag(value)) return value;
  const key = String(step);
  const members = new Map(value);
  if (rest.length > 0) {
    if (to === undefined && !members.has(key)) return value;
    members.set(key, changed(members.get(key) ?? new Map(), rest, to));
  } else if (to === undefined) members.delete(key);
  else members.set(key, to);
  return members;
}
