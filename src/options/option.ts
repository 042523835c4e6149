/**
 * How an option is declared. From one table come the parser, the types of its result, `--help`,
 * the generated reference and the plan that explains a build; nobody keeps a second list.
 */

interface OptionBase {
  /** One sentence for `--help`: what it means, with its unit. */
  readonly doc: string;
  /** One letter for the short form, such as `f` for `-f`. */
  readonly short?: string;
  /** Other spellings that mean the same. */
  readonly aliases?: readonly string[];
  /** Heading under which `--help` lists it; `scoped` sets it. */
  readonly group?: string;
  /** Printed as `‹set›` and never stored. */
  readonly secret?: boolean;
  /** Left out of `--help`: accepted for the sake of old command lines. */
  readonly hidden?: boolean;
}

interface WithDefault<T> {
  readonly default?: T;
  readonly required?: boolean;
}

export interface StringOption extends OptionBase, WithDefault<string> {
  readonly type: "string";
}
/** A path of the file system; relative ones mean the working folder. */
export interface PathOption extends OptionBase, WithDefault<string> {
  readonly type: "path";
}
export interface NumberOption extends OptionBase, WithDefault<number> {
  readonly type: "int" | "float";
  readonly min?: number;
  readonly max?: number;
}
/** `True`, `False`, `true`, `false`; bare means true. */
export interface BoolOption extends OptionBase, WithDefault<boolean> {
  readonly type: "bool";
}
/** One of a closed list, compared without regard to case. */
export interface EnumOption<V extends string = string> extends OptionBase, WithDefault<V> {
  readonly type: "enum";
  readonly values: readonly V[];
}
/** One or more `KEY=VALUE`, separated by blanks; may be repeated. */
export interface KeyValuesOption extends OptionBase {
  readonly type: "key-values";
  readonly default?: never;
  readonly required?: never;
}

export type OptionSpec =
  StringOption | PathOption | NumberOption | BoolOption | EnumOption | KeyValuesOption;

/** Options by their name as it is typed, without the leading dashes. */
export type OptionTable = Readonly<Record<string, OptionSpec>>;

type RawValue<S extends OptionSpec> = S extends { type: "string" | "path" }
  ? string
  : S extends { type: "int" | "float" }
    ? number
    : S extends { type: "bool" }
      ? boolean
      : S extends { type: "enum"; values: readonly (infer V)[] }
        ? V
        : S extends { type: "key-values" }
          ? Readonly<Record<string, string>>
          : never;

type IsPresent<S extends OptionSpec> = S extends { required: true }
  ? true
  : S extends { default: string | number | boolean }
    ? true
    : false;

/** What parsing gives: always there if required or with a default, else maybe undefined. */
export type OptionValues<T extends OptionTable> = {
  readonly [K in keyof T]: IsPresent<T[K]> extends true
    ? RawValue<T[K]>
    : RawValue<T[K]> | undefined;
};

/** Keeps the literal types of a table, so that values get their exact types. */
export function defineOptions<const T extends OptionTable>(table: T): T {
  return table;
}

/** The same options under a prefix: `max_batch_size` becomes `featurizer.max_batch_size`. */
export function scoped<const P extends string, const T extends OptionTable>(
  prefix: P,
  table: T,
): { readonly [K in keyof T & string as `${P}.${K}`]: T[K] } {
  const entries = Object.entries(table).map(([name, spec]) => [
    `${prefix}.${name}`,
    {
      ...spec,
      group: spec.group ?? prefix,
      ...(spec.aliases && { aliases: spec.aliases.map((alias) => `${prefix}.${alias}`) }),
    },
  ]);
  return Object.fromEntries(entries) as never;
}

/** An argument without a name; only the last one may be variadic. */
export interface PositionalSpec {
  readonly name: string;
  readonly doc: string;
  readonly required?: boolean;
  /** Takes all that remain. */
  readonly variadic?: boolean;
}
