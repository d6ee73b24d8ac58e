/**
 * The hub's side of the processes that compile KQL: one text each at a time, with a deadline.
 *
 * A text that keeps the parser busy must not hold up others: there are two processes, of which long
 * texts get one, no caller both while others wait, and who has had one for seconds while others
 * wait loses it.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { EngineError } from "../../store/engine_error.ts";
import type { Definition } from "../kql/stored_functions.ts";
import type { Schema, SchemaFunction } from "../kql/syntax.ts";
import { CompilerSeat } from "./compiler_seat.ts";
import type { CompileReply } from "./compiler_messages.ts";

/** What is compiled, against what. */
export interface CompileWanted {
  readonly text: string;
  readonly schema: Schema;
  /** Ticks. */
  readonly now: bigint;
  readonly parameters: ReadonlyMap<string, string>;
  /** What questions about it have been answered. */
  readonly answers: ReadonlyMap<number, readonly string[]>;
  /** Stored functions that it may call, each behind those that it calls. */
  readonly functions: readonly SchemaFunction[];
  /** A function to check, in the place of the text. */
  readonly define?: Definition | undefined;
  /** Who wants it: callers take turns. */
  readonly caller?: string | undefined;
}

export interface Compiler extends AsyncDisposable {
  /** @throws {EngineError} If there was no reply in time, or `signal` aborted. */
  compile(wanted: CompileWanted, signal: AbortSignal): Promise<CompileReply>;
  /** Starts a process, if none runs: it loads the parser, which takes a second or more. */
  warm(): void;
}

export interface CompilerOptions {
  /** Program and arguments of the child; default: this runtime with `compiler_process.ts`. */
  readonly command?: readonly string[];
  /** Longest time for one text, in ms; default 15,000: the first one waits for the parser too. */
  readonly deadlineMs?: number;
  /** The same while others wait, once the parser is loaded; default 3,000. */
  readonly contendedMs?: number;
  /** Processes; default 2. The second ends when it has had nothing to do for a minute. */
  readonly processes?: number;
  /** Texts that may wait; default 64. */
  readonly waiting?: number;
  /** Texts of one caller that may wait; default 16. */
  readonly waitingOfOne?: number;
  /** Runs `run` after `ms`; gives what cancels it. */
  readonly after: (ms: number, run: () => void) => () => void;
}

const DEFAULTS = {
  command: [process.execPath, fileURLToPath(new URL("./compiler_process.ts", import.meta.url))],
  deadlineMs: 15_000,
  contendedMs: 3_000,
  processes: 2,
  waiting: 64,
  waitingOfOne: 16,
};
/** Characters; longer texts leave one process to others. */
const LONG = 32_768;
const IDLE_MS = 60_000;
const MAX_SERVED = 64;

/** Makes a compiler; its processes are started when they are needed. */
export function openCompiler(options: CompilerOptions): Compiler {
  return new Compilers({ ...DEFAULTS, ...options });
}

interface Turn {
  readonly wanted: CompileWanted;
  readonly isLong: boolean;
  readonly caller: string;
  readonly resolve: (reply: CompileReply) => void;
  readonly reject: (why: unknown) => void;
}

interface Seat {
  readonly process: CompilerSeat;
  turn: Turn | undefined;
  /** Whether the turn has had its time, and goes where another waits. */
  isOverdue: boolean;
  /** Ends what waits for the process to be idle for long. */
  cancelEnd: () => void;
}

class Compilers implements Compiler {
  readonly #options: Required<CompilerOptions>;
  readonly #seats: Seat[] = [];
  readonly #waiting: Turn[] = [];
  /** Callers who have had a seat, the last one first. */
  #served: readonly string[] = [];
  #isClosed = false;

  constructor(options: Required<CompilerOptions>) {
    this.#options = options;
  }

  warm(): void {
    if (!this.#isClosed && this.#seats.length === 0) this.#add().process.start();
  }

  async compile(wanted: CompileWanted, signal: AbortSignal): Promise<CompileReply> {
    if (signal.aborted) throw cancelled();
    if (this.#isClosed) throw closing();
    const { caller = "" } = wanted;
    const own = this.#waiting.filter((turn) => turn.caller === caller).length;
    const { waiting, waitingOfOne } = this.#options;
    if (this.#waiting.length >= waiting || (caller !== "" && own >= waitingOfOne)) {
      throw new EngineError("busy", "Cannot query: too many queries are waiting");
    }
    const { promise, resolve, reject } = Promise.withResolvers<CompileReply>();
    const isLong = wanted.text.length > LONG;
    const turn: Turn = { wanted, isLong, caller, resolve, reject };
    const leave = (): void => this.#leave(turn);
    signal.addEventListener("abort", leave, { once: true });
    this.#waiting.push(turn);
    this.#next();
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    for (const turn of this.#waiting.splice(0)) turn.reject(closing());
    await Promise.all(this.#seats.map((seat) => {
      seat.cancelEnd();
      return seat.process.end(closing());
    }));
  }

  /** Who leaves does not wait; what was begun for them goes as soon as another waits. */
  #leave(turn: Turn): void {
    const at = this.#waiting.indexOf(turn);
    if (at >= 0) this.#waiting.splice(at, 1);
    const seat = this.#seats.find((one) => one.turn === turn);
    if (seat !== undefined) seat.isOverdue = true;
    turn.reject(cancelled());
    this.#next();
  }

  /** Gives free seats to who waits; then takes one away, where that frees it for another. */
  #next(): void {
    for (let turn = this.#first(); turn !== undefined; turn = this.#first()) {
      const seat = this.#seats.find((one) => one.turn === undefined) ??
        (this.#seats.length < this.#options.processes ? this.#add() : undefined);
      if (seat === undefined) {
        const overdue = this.#seats.find(({ isOverdue }) => isOverdue);
        if (overdue !== undefined) overdue.process.kill(this.#tookTooLong());
        return;
      }
      this.#waiting.splice(this.#waiting.indexOf(turn), 1);
      void this.#run(seat, turn);
    }
  }

  /** Of those that may have a seat, of callers who have none, of short ones, whose turn it is. */
  #first(): Turn | undefined {
    const held = this.#seats.flatMap(({ turn }) => turn ?? []);
    const isLongHeld = held.filter(({ isLong }) => isLong).length >=
      Math.max(1, this.#options.processes - 1);
    const callers = new Set(held.map(({ caller }) => caller));
    const allowed = this.#waiting.filter(({ isLong }) => !isLong || !isLongHeld);
    const others = allowed.filter(({ caller }) => !callers.has(caller));
    const best = others.length > 0 ? others : allowed;
    const short = best.filter(({ isLong }) => !isLong);
    return (short.length > 0 ? short : best).toSorted((a, b) => this.#age(b) - this.#age(a))[0];
  }

  /** How many others have had a seat since this one's caller. */
  #age({ caller }: Turn): number {
    const at = this.#served.indexOf(caller);
    return at < 0 ? MAX_SERVED : at;
  }

  async #run(seat: Seat, turn: Turn): Promise<void> {
    const { deadlineMs, contendedMs, after } = this.#options;
    seat.cancelEnd();
    seat.turn = turn;
    seat.isOverdue = false;
    const { caller } = turn;
    this.#served = [caller, ...this.#served.filter((one) => one !== caller)].slice(0, MAX_SERVED);
    const cancel = after(
      deadlineMs,
      () => seat.process.kill(tookOver(`over ${deadlineMs} ms`)),
    );
    let cancelPatience = (): void => undefined;
    try {
      await seat.process.ready();
      cancelPatience = after(contendedMs, () => {
        seat.isOverdue = true;
        this.#next();
      });
      turn.resolve(await seat.process.compile(turn.wanted));
    } catch (error) {
      turn.reject(error);
    } finally {
      cancel();
      cancelPatience();
      seat.turn = undefined;
      seat.isOverdue = false;
      seat.cancelEnd = this.#endsWhenIdle(seat);
      this.#next();
    }
  }

  /** The first one stays: to start it takes seconds. */
  #endsWhenIdle(seat: Seat): () => void {
    if (this.#isClosed || this.#seats[0] === seat) return () => undefined;
    return this.#options.after(IDLE_MS, () => void seat.process.end(closing()));
  }

  #tookTooLong(): EngineError {
    return tookOver(`over ${this.#options.contendedMs} ms while others waited`);
  }

  #add(): Seat {
    const process = new CompilerSeat(this.#options.command);
    const seat = { process, turn: undefined, isOverdue: false, cancelEnd: () => undefined };
    this.#seats.push(seat);
    return seat;
  }
}

function tookOver(what: string): EngineError {
  return new EngineError("deadline", `Cannot query: to read the text took ${what}`);
}

function cancelled(): EngineError {
  return new EngineError("aborted", "Cannot query: it was cancelled");
}

function closing(): EngineError {
  return new EngineError("closed", "Cannot query: the hub is closing");
}
