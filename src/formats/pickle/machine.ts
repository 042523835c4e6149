/**
 * Reads a pickle as data. Pickle is a program for a stack machine that may name and call anything;
 * this machine knows a closed list of opcodes and of names, calls only the functions of ours that
 * stand for those names, and refuses the rest with opcode, name and offset. No list of forbidden
 * names can replace that (see the history of picklescan).
 */
import { ToolError } from "../../errors/tool-error.ts";
import { PickleCursor, PickleCutShort } from "./cursor.ts";
import { OP, opcodeName } from "./opcodes.ts";
import {
  describePickleValue,
  isKind,
  type PickleGlobal,
  type PickleKey,
  type PickleList,
  type PickleValue,
} from "./value.ts";

/** What a name of the closed list may do. */
export interface GlobalRule {
  /** What a call with these arguments stands for; a name without it can only be mentioned. */
  readonly call?: (args: readonly PickleValue[]) => PickleValue;
}

export interface PickleContext {
  /** The closed list; keys are `module name`. */
  readonly globals: ReadonlyMap<string, GlobalRule>;
  /** A better error for a known name that is not accepted, or undefined. */
  readonly refuse?: (name: string) => ToolError | undefined;
  /** What a persistent id stands for; without it they are refused. */
  readonly persistentLoad?: (id: PickleValue) => PickleValue;
}

export interface Unpickled {
  readonly value: PickleValue;
  /** Position after the pickle's last byte. */
  readonly end: number;
}

/** Real checkpoints need some ten thousand memo slots, a stack of hundreds and five marks. */
const MAX_STACK = 1_000_000;
const MAX_MEMO = 10_000_000;
const MAX_MARKS = 1000;
/** Parameter names; also the text that some frameworks keep beside the weights. */
const MAX_STRING_BYTES = 16 * 1024 * 1024;
const MAX_GLOBAL_BYTES = 1000;

/**
 * Reads one pickle out of `bytes`.
 * @throws ToolError INVALID_FILE or LIMIT_EXCEEDED, and what the context's functions throw
 */
export function unpickle(bytes: Uint8Array, context: PickleContext, start = 0): Unpickled {
  const result = tryUnpickle(bytes, context, start);
  if (result !== undefined) return result;
  throw new ToolError(
    "INVALID_FILE",
    `pickle: the data ends at byte ${bytes.byteLength} without STOP`,
    {
      hint: "the file is cut short; copy or download it again",
    },
  );
}

/** Like {@link unpickle}, but undefined if the bytes end before the pickle does. */
export function tryUnpickle(
  bytes: Uint8Array,
  context: PickleContext,
  start: number,
): Unpickled | undefined {
  const machine = new Machine(bytes, context, start);
  try {
    return machine.run();
  } catch (error) {
    if (error instanceof PickleCutShort) return undefined;
    throw error;
  }
}

class Machine {
  readonly #cursor: PickleCursor;
  readonly #context: PickleContext;
  #stack: PickleValue[] = [];
  /** The stacks below each open MARK. */
  readonly #below: PickleValue[][] = [];
  readonly #memo = new Map<number, PickleValue>();
  #opStart: number;
  #op = 0;

  constructor(bytes: Uint8Array, context: PickleContext, start: number) {
    this.#cursor = new PickleCursor(bytes, start);
    this.#context = context;
    this.#opStart = start;
  }

  run(): Unpickled {
    for (;;) {
      this.#opStart = this.#cursor.position;
      this.#op = this.#cursor.uint8();
      if (this.#op === OP.STOP) return { value: this.#pop(), end: this.#cursor.position };
      this.#step();
    }
  }

  #step(): void {
    const cursor = this.#cursor;
    switch (this.#op) {
      case OP.PROTO:
        return this.#checkProtocol(cursor.uint8());
      case OP.MARK:
        return this.#mark();
      case OP.POP:
        // after a MARK, Python's POP takes the mark
        if (this.#stack.length > 0) this.#stack.pop();
        else this.#toMark();
        return;
      case OP.POP_MARK:
        this.#toMark();
        return;
      case OP.DUP: {
        const top = this.#pop();
        this.#push(top);
        return this.#push(top);
      }
      case OP.NONE:
        return this.#push(null);
      case OP.NEWTRUE:
        return this.#push(true);
      case OP.NEWFALSE:
        return this.#push(false);
      case OP.BININT:
        return this.#push(cursor.int32());
      case OP.BININT1:
        return this.#push(cursor.uint8());
      case OP.BININT2:
        return this.#push(cursor.uint16());
      case OP.LONG1:
        return this.#push(cursor.long(cursor.uint8()));
      case OP.BINFLOAT:
        return this.#push(cursor.float64());
      case OP.BINSTRING:
        return this.#push(this.#text(cursor.uint32(), "latin1"));
      case OP.SHORT_BINSTRING:
        return this.#push(this.#text(cursor.uint8(), "latin1"));
      case OP.BINUNICODE:
        return this.#push(this.#text(cursor.uint32(), "utf8"));
      case OP.EMPTY_LIST:
        return this.#push({ kind: "list", items: [] });
      case OP.LIST:
        return this.#push({ kind: "list", items: this.#toMark() });
      case OP.APPEND: {
        const item = this.#pop();
        this.#topList().items.push(item);
        return;
      }
      case OP.APPENDS:
        return this.#append(this.#toMark());
      case OP.EMPTY_TUPLE:
        return this.#push({ kind: "tuple", items: [] });
      case OP.TUPLE:
        return this.#push({ kind: "tuple", items: this.#toMark() });
      case OP.TUPLE1:
      case OP.TUPLE2:
      case OP.TUPLE3:
        return this.#tuple(this.#op - OP.TUPLE1 + 1);
      case OP.EMPTY_DICT:
        return this.#push({ kind: "dict", entries: new Map() });
      case OP.DICT: {
        const items = this.#toMark();
        this.#push({ kind: "dict", entries: new Map() });
        return this.#setItems(items);
      }
      case OP.SETITEM: {
        const value = this.#pop();
        return this.#setItems([this.#pop(), value]);
      }
      case OP.SETITEMS:
        return this.#setItems(this.#toMark());
      case OP.BINPUT:
        return this.#put(cursor.uint8());
      case OP.LONG_BINPUT:
        return this.#put(cursor.uint32());
      case OP.BINGET:
        return this.#get(cursor.uint8());
      case OP.LONG_BINGET:
        return this.#get(cursor.uint32());
      case OP.GLOBAL:
        return this.#push(this.#global());
      case OP.REDUCE:
        return this.#reduce();
      case OP.BUILD:
        return this.#build();
      case OP.BINPERSID:
        return this.#persistent();
      default:
        throw this.#bad("this opcode is not on the closed list");
    }
  }

  #checkProtocol(version: number): void {
    if (version > 2) throw this.#bad(`pickle protocol ${version}, expected 2`);
  }

  #push(value: PickleValue): void {
    if (this.#stack.length >= MAX_STACK)
      throw this.#limit(`more than ${MAX_STACK} values on the stack`);
    this.#stack.push(value);
  }

  #pop(): PickleValue {
    const value = this.#stack.pop();
    if (value === undefined) throw this.#bad("the stack is empty");
    return value;
  }

  #top(): PickleValue {
    const value = this.#pop();
    this.#stack.push(value);
    return value;
  }

  #mark(): void {
    if (this.#below.length >= MAX_MARKS) throw this.#limit(`more than ${MAX_MARKS} nested marks`);
    this.#below.push(this.#stack);
    this.#stack = [];
  }

  /** What lies above the innermost mark. */
  #toMark(): PickleValue[] {
    const below = this.#below.pop();
    if (below === undefined) throw this.#bad("there is no mark on the stack");
    const above = this.#stack;
    this.#stack = below;
    return above;
  }

  #text(length: number, encoding: "utf8" | "latin1"): string {
    if (length > MAX_STRING_BYTES) throw this.#limit(`a string of ${length} bytes`);
    const bytes = this.#cursor.take(length);
    return Buffer.from(bytes.buffer, bytes.byteOffset, length).toString(encoding);
  }

  #tuple(size: number): void {
    if (this.#stack.length < size) throw this.#bad("the stack is empty");
    const items = this.#stack.splice(this.#stack.length - size);
    this.#push({ kind: "tuple", items });
  }

  #topList(): PickleList {
    const list = this.#top();
    if (!isKind(list, "list")) throw this.#bad(`expected a list, got ${describePickleValue(list)}`);
    return list;
  }

  #append(items: readonly PickleValue[]): void {
    const list = this.#topList();
    for (const item of items) list.items.push(item);
  }

  #setItems(items: readonly PickleValue[]): void {
    const dict = this.#top();
    if (!isKind(dict, "dict"))
      throw this.#bad(`expected a dictionary, got ${describePickleValue(dict)}`);
    if (items.length % 2 !== 0) throw this.#bad("a key without a value");
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i] as PickleValue;
      if (typeof key === "object" && key !== null) {
        throw this.#bad(
          `a dictionary key that is ${describePickleValue(key)}, expected text or a number`,
        );
      }
      dict.entries.set(key as PickleKey, items[i + 1] as PickleValue);
    }
  }

  #put(slot: number): void {
    if (this.#memo.size >= MAX_MEMO) throw this.#limit(`more than ${MAX_MEMO} memo slots`);
    this.#memo.set(slot, this.#top());
  }

  #get(slot: number): void {
    const value = this.#memo.get(slot);
    if (value === undefined) throw this.#bad(`memo slot ${slot} is empty`);
    this.#push(value);
  }

  #global(): PickleGlobal {
    const name = `${this.#line()} ${this.#line()}`;
    if (!this.#context.globals.has(name)) {
      throw (
        this.#context.refuse?.(name) ??
        this.#bad(`the name '${printable(name)}' is not on the closed list`)
      );
    }
    return { kind: "global", name };
  }

  #line(): string {
    const line = this.#cursor.line(MAX_GLOBAL_BYTES);
    if (line === undefined) throw this.#limit(`a name of more than ${MAX_GLOBAL_BYTES} bytes`);
    return line;
  }

  #reduce(): void {
    const args = this.#pop();
    const callee = this.#pop();
    const call = isKind(callee, "global")
      ? this.#context.globals.get(callee.name)?.call
      : undefined;
    if (call === undefined) throw this.#bad(`${describePickleValue(callee)} cannot be called`);
    if (!isKind(args, "tuple"))
      throw this.#bad(`arguments that are ${describePickleValue(args)}, expected a tuple`);
    this.#push(call(args.items));
  }

  /** Sets attributes of an object. Only a dictionary may have some (`_metadata`): we drop them. */
  #build(): void {
    this.#pop();
    const target = this.#top();
    if (!isKind(target, "dict")) throw this.#bad(`attributes for ${describePickleValue(target)}`);
  }

  #persistent(): void {
    const id = this.#pop();
    const { persistentLoad } = this.#context;
    if (persistentLoad === undefined) throw this.#bad("a persistent id where none is expected");
    this.#push(persistentLoad(id));
  }

  #bad(what: string): ToolError {
    return new ToolError("INVALID_FILE", `pickle: ${what} (${this.#where()})`, {
      hint: "the file is damaged, hostile or not a plain state dict; where you trust it, load it in PyTorch and save it again with torch.save(model.state_dict(), path)",
    });
  }

  #limit(what: string): ToolError {
    return new ToolError("LIMIT_EXCEEDED", `pickle: ${what} (${this.#where()})`, {
      hint: "no real checkpoint needs this; the file is damaged or hostile",
    });
  }

  #where(): string {
    return `opcode ${opcodeName(this.#op)} at byte ${this.#opStart}`;
  }
}

function printable(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, "?");
}
