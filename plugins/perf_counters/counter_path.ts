/**
 * Paths of Windows' counters: `\\COMPUTER\Object(instance)\Counter` (PDH_COUNTER_PATH_ELEMENTS).
 *
 * @module
 */

export interface CounterPath {
  /** Absent where the path names none. */
  readonly computer: string | undefined;
  readonly object: string;
  /** "" where the object has none. It may hold brackets and backslashes. */
  readonly instance: string;
  readonly counter: string;
}

/** Reads a path; undefined where it is none. */
export function parseCounterPath(path: string): CounterPath | undefined {
  const computer = path.startsWith("\\\\") ? path.slice(2).split("\\", 1)[0]! : undefined;
  const rest = path.slice(computer === undefined ? 1 : computer.length + 3);
  if (path[0] !== "\\" || computer === "") return undefined;
  const open = rest.indexOf("(");
  const close = rest.lastIndexOf(")\\");
  const hasInstance = open > 0 && close > open;
  const split = hasInstance ? close + 1 : rest.indexOf("\\");
  const object = rest.slice(0, hasInstance ? open : Math.max(0, split));
  const counter = rest.slice(split + 1);
  if (split < 1 || open === 0 || object === "" || counter === "") return undefined;
  return { computer, object, instance: hasInstance ? rest.slice(open + 1, close) : "", counter };
}
