/**
 * A small strict XML reader for SSML: elements, attributes, text, CDATA, comments, processing
 * instructions, the five entities and numeric references. No document type, so no entities of its
 * own and nothing external; size and depth are limited; one pass over the text.
 */
import { ToolError } from "../../errors/tool-error.ts";

/** An hour of speech is about 60,000 characters; this leaves room for a lot of markup. */
export const MAX_XML_LENGTH = 1_000_000;
/** Documents nest about five deep. */
export const MAX_XML_DEPTH = 64;

export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly (XmlElement | string)[];
}

interface OpenElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: (XmlElement | string)[];
}

/** The text is not well-formed; never leaves this file. */
class NotXml extends Error {}

const NAME = "[A-Za-z_][A-Za-z0-9_.:-]*";
const START_TAG = new RegExp(`<(${NAME})`, "y");
const END_TAG = new RegExp(`</(${NAME})\\s*>`, "y");
const ATTRIBUTE = new RegExp(`\\s+(${NAME})\\s*=\\s*(?:"([^"<]*)"|'([^'<]*)')`, "y");
const TAG_END = /\s*(\/?)>/y;
const REFERENCE = /&([^;&]{0,12});?/g;
const ENTITIES: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&amp;": "&",
  "&quot;": '"',
  "&apos;": "'",
};
const NUMERIC = /^&#(?:x([0-9A-Fa-f]{1,6})|([0-9]{1,7}));$/;

/**
 * The root element, or `undefined` if the text is not well-formed XML.
 * @throws ToolError LIMIT_EXCEEDED for too long or too deep a document, INVALID_REQUEST for one
 * with a document type.
 */
export function readXml(text: string): XmlElement | undefined {
  if (!/^\s*</.test(text.slice(0, 1000))) return undefined;
  if (text.length > MAX_XML_LENGTH) throw tooMuch("characters", MAX_XML_LENGTH, text.length);
  try {
    return new XmlReader(text).document();
  } catch (error) {
    if (error instanceof NotXml) return undefined;
    throw error;
  }
}

class XmlReader {
  readonly #text: string;
  readonly #open: OpenElement[] = [];
  #at = 0;
  #root: XmlElement | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  document(): XmlElement {
    while (this.#at < this.#text.length) {
      if (this.#text[this.#at] === "<") this.#markup();
      else this.#characters();
    }
    if (this.#root === undefined || this.#open.length > 0) throw new NotXml();
    return this.#root;
  }

  #markup(): void {
    if (this.#startsWith("<!--")) return this.#skipTo("-->", 4);
    if (this.#startsWith("<?")) return this.#skipTo("?>", 2);
    if (this.#startsWith("<![CDATA[")) return this.#characterData();
    if (this.#startsWith("<!")) throw documentType();
    if (this.#startsWith("</")) return this.#endTag();
    return this.#startTag();
  }

  #startTag(): void {
    const name = this.#match(START_TAG)[1] as string;
    const attributes = new Map<string, string>();
    for (;;) {
      const match = this.#tryMatch(ATTRIBUTE);
      if (match === undefined) break;
      const [, attribute, doubleQuoted, singleQuoted] = match as string[];
      if (attributes.has(attribute as string)) throw new NotXml();
      attributes.set(attribute as string, resolve(doubleQuoted ?? singleQuoted ?? ""));
    }
    const isEmpty = this.#match(TAG_END)[1] === "/";
    if (this.#root !== undefined) throw new NotXml();
    const element: OpenElement = { name, attributes, children: [] };
    this.#open.push(element);
    if (this.#open.length > MAX_XML_DEPTH) {
      throw tooMuch("nested elements", MAX_XML_DEPTH, this.#open.length);
    }
    if (isEmpty) this.#close();
  }

  #endTag(): void {
    const name = this.#match(END_TAG)[1];
    if (this.#open.at(-1)?.name !== name) throw new NotXml();
    this.#close();
  }

  #close(): void {
    const element = this.#open.pop() as OpenElement;
    const parent = this.#open.at(-1);
    if (parent === undefined) this.#root = element;
    else parent.children.push(element);
  }

  #characters(): void {
    const next = this.#text.indexOf("<", this.#at);
    const end = next < 0 ? this.#text.length : next;
    this.#append(resolve(this.#text.slice(this.#at, end)));
    this.#at = end;
  }

  #characterData(): void {
    const start = this.#at + "<![CDATA[".length;
    this.#skipTo("]]>", start - this.#at);
    this.#append(this.#text.slice(start, this.#at - 3));
  }

  #append(text: string): void {
    const parent = this.#open.at(-1);
    if (parent !== undefined) parent.children.push(text);
    else if (text.trim() !== "") throw new NotXml();
  }

  #skipTo(end: string, from: number): void {
    const found = this.#text.indexOf(end, this.#at + from);
    if (found < 0) throw new NotXml();
    this.#at = found + end.length;
  }

  #startsWith(start: string): boolean {
    return this.#text.startsWith(start, this.#at);
  }

  #match(pattern: RegExp): RegExpExecArray {
    const match = this.#tryMatch(pattern);
    if (match === undefined) throw new NotXml();
    return match;
  }

  #tryMatch(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.#at = pattern.lastIndex;
    return match;
  }
}

function resolve(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(REFERENCE, (reference) => {
    if (Object.hasOwn(ENTITIES, reference)) return ENTITIES[reference] as string;
    const match = NUMERIC.exec(reference);
    const code = match?.[1] === undefined ? Number(match?.[2]) : Number.parseInt(match[1], 16);
    if (match === null || !isXmlCharacter(code)) throw new NotXml();
    return String.fromCodePoint(code);
  });
}

/** The characters that XML 1.0 §2.2 allows. */
function isXmlCharacter(code: number): boolean {
  if (code < 0x20) return code === 0x9 || code === 0xa || code === 0xd;
  return (
    code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code > 0xffff && code <= 0x10ffff)
  );
}

function tooMuch(what: string, limit: number, got: number): ToolError {
  return new ToolError("LIMIT_EXCEEDED", `SSML: expected at most ${limit} ${what}, got ${got}`, {
    at: "text",
    hint: "send the document in parts",
  });
}

function documentType(): ToolError {
  return new ToolError("INVALID_REQUEST", "SSML: document types and declarations are refused", {
    at: "text",
    hint: "leave out <!DOCTYPE …>; only the five entities of XML and numeric ones are known",
  });
}
