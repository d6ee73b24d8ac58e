/**
 * A condition as a list of instructions, run without calls and only as far as needed.
 *
 * @module
 */
import type { Condition, Node } from "./condition.ts";

/** Four numbers an instruction: operation, operand, and where to go on. */
export type Program = Int32Array;

/** `atom, negated`: the result is that of the atom. */
const ATOM = 0;
/** `value`: the result is it. */
const RESULT = 1;
/** `target`: go there if the result is false. */
const UNLESS = 2;
/** `target`: go there if the result is true. */
const IF = 3;
/** A count of what holds begins at 0. */
const COUNT = 4;
/** `count, target`: adds the result; where that many hold the result is true and the count ends. */
const ADD = 5;
/** The count ends without; the result is false. */
const END_COUNT = 6;

const SIZE = 3;

/** The program of `condition`. */
export function programOf({ nodes }: Condition): Program {
  const emitter = new Emitter();
  const stack = [{ at: nodes.length - 1, next: 0, jumps: [] as number[] }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const node = nodes[top.at]!;
    if (node.kind === "atom") {
      emitter.emit(ATOM, node.atom, node.negated ? 1 : 0);
      stack.pop();
      continue;
    }
    emitter.between(node, top);
    const child = top.next < node.of.length ? node.of[top.next] : undefined;
    top.next++;
    if (child === undefined || emitter.isConstant(node)) stack.pop();
    else stack.push({ at: child, next: 0, jumps: [] });
  }
  return Int32Array.from(emitter.code);
}

type Several = Extract<Node, { kind: "least" }>;

class Emitter {
  readonly code: number[] = [];

  emit(op: number, a = 0, b = 0): number {
    return this.code.push(op, a, b) - SIZE;
  }

  /** All or none hold, whatever they are. */
  isConstant({ count, of }: Several): boolean {
    return count <= 0 || count > of.length;
  }

  /** What stands before the first part, between two, and after the last. */
  between(
    node: Several,
    { next, jumps }: { readonly next: number; readonly jumps: number[] },
  ): void {
    const { count, of } = node;
    if (this.isConstant(node)) {
      this.emit(RESULT, count <= 0 ? 1 : 0);
      return;
    }
    const isLast = next === of.length;
    const isCounted = count !== 1 && count !== of.length;
    if (isCounted) {
      if (next === 0) this.emit(COUNT);
      else jumps.push(this.emit(ADD, count) + 2);
      if (isLast) this.emit(END_COUNT);
    } else if (next > 0 && !isLast) {
      jumps.push(this.emit(count === 1 ? IF : UNLESS) + 1);
    }
    if (isLast) { for (const place of jumps) this.code[place] = this.code.length; }
  }
}

/** Runs `program`; `holds` tells of an atom. */
export function run(program: Program, holds: (atom: number) => boolean): boolean {
  let result = true;
  let counts: number[] | undefined;
  for (let at = 0; at < program.length;) {
    const operand = program[at + 1]!;
    const second = program[at + 2]!;
    switch (program[at]!) {
      case ATOM:
        result = holds(operand) !== (second === 1);
        break;
      case RESULT:
        result = operand === 1;
        break;
      case UNLESS:
        if (!result) at = operand - SIZE;
        break;
      case IF:
        if (result) at = operand - SIZE;
        break;
      case COUNT:
        (counts ??= []).push(0);
        break;
      case ADD: {
        const last = counts!.length - 1;
        counts![last]! += result ? 1 : 0;
        if (counts![last]! < operand) break;
        counts!.pop();
        result = true;
        at = second - SIZE;
        break;
      }
      case END_COUNT:
        counts!.pop();
        result = false;
        break;
    }
    at += SIZE;
  }
  return result;
}
